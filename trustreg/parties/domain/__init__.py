"""Pure rules about parties: identifiers, roles, independence."""
