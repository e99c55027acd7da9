"""Rows for tests, made by calling the services that the product calls."""
