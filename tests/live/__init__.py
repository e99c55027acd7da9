"""Tests against the running product: real server, worker, scheduler, signer, PostgreSQL, CA, OCSP, CRL and TSA."""
