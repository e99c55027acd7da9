"""Who there is: organisations, people, their appointments and conflicts, accounts and API keys.

Five nouns: `Organisation`, `Person`, `Appointment`, `ConflictDeclaration`, `Account` (with its `ApiKey`s). Imports
`trustreg.base` alone.
"""
