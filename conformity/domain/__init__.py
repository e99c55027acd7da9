"""Pure rules of conformity assessment."""
