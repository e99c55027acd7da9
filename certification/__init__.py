"""Certification: which services there are, what was applied for, what was decided, and what stands.

Nouns: service (with its identities), application, decision (proposal, approval), status change, incident.
It reads from `conformity` and `trustreg.parties` below; `qualified_list` above compiles what was decided here.
"""
