"""Runs a predictor over a converted split: clips in, any form of predictions out, resumable, never scored."""
