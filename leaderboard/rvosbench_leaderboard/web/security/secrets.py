"""Secrets that people and programs carry: 32 random bytes, of which the server keeps only a SHA-256.

A fast hash is right here: nobody can try 2^256 values. The checksum at the end of a token tells a mistyped
token from a revoked one, and lets programs that look for leaked secrets know ours."""

from __future__ import annotations

import hashlib
import secrets
import zlib

PREFIX = "rvb_"
_BYTES = 32
_CHECKSUM = 6  # digits of base 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_secret() -> str:
    """43 characters that are safe in addresses and cookies."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    body = new_secret()
    return f"{PREFIX}{body}{_checksum(body)}"


def is_token(text: str) -> bool:
    """Whether it has the form of a token and was typed without a mistake."""
    body = text.removeprefix(PREFIX)
    if body == text or not body.isascii() or len(body) <= _CHECKSUM:
        return False
    return secrets.compare_digest(_checksum(body[:-_CHECKSUM]), body[-_CHECKSUM:])


def digest(secret: str) -> str:
    """What is stored and looked up in place of the secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode("ascii"))
    digits = ""
    for _ in range(_CHECKSUM):
        value, digit = divmod(value, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
