"""Signing keys behind one interface: key files here, tokens (PKCS#11) beside them; callers see `KeyBackend` only."""
