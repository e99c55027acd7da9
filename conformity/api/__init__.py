"""Conformity assessment over HTTP: criteria, accreditation, assessments, findings, evidence."""
