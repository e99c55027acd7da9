"""The command `trustreg-validate`: asks a service, or works offline against a downloaded list. No Django."""
