"""Predictions in any form, made into the very archive that a server wants."""
