"""Everything that can be wrong with predictions, said at once, before they are scored or uploaded."""
