"""Predictions as people hand them in, recognised and read in place; and a writer for each form."""
