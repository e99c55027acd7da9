"""Certification over HTTP: services, applications, decisions, incidents, document levels."""
