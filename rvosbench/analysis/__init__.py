"""What a score means: how sure it is, where the points went, and what the predictions do right and wrong."""
