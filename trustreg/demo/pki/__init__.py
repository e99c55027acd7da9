"""The demo's own trust service providers: real keys, certificates, revocation and time-stamps. Fictitious throughout."""
