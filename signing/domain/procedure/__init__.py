"""The validation procedure of ETSI EN 319 102-1, for any format that delivers `DocumentMaterial`."""
