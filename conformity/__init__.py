"""What is demanded and whether it is met: criteria, accredited assessors, assessments, findings, evidence, reports.

Five nouns: `CriteriaSet`, `Accreditation`, `Assessment`, `Finding`, `Evidence`. Imports `trustreg.parties` and what
lies below it.
"""
