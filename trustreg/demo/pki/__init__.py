"""The demo's own trust service providers, all fictitious: real keys, certificates, revocation and time-stamps."""
