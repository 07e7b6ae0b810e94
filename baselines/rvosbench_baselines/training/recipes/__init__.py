"""One file per baseline."""
