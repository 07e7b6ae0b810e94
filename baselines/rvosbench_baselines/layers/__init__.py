"""Layers that more than one model is made of. Each module here needs torch; this one does not."""
