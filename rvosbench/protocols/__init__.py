"""Scoring protocols: which frames, which objects, which matching, which averaging. One file per protocol."""
