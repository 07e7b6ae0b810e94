"""How files come in: the creation, checksum, expiration and termination parts of tus 1.0, and plain forms."""
