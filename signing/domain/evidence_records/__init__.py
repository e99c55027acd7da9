"""Evidence records: RFC 4998 (ERS, in ASN.1) and RFC 6283 (XMLERS): proofs of existence that are renewed in time."""
