"""Arithmetic of uncertainty, on arrays: nothing here knows what a video or a score is."""
