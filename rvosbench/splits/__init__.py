"""A converted split: written so that it is never half there, fingerprinted, read lazily, checked."""
