"""The list over HTTP: its files, its issues, listed services, status queries."""
