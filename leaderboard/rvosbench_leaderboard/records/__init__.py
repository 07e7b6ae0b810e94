"""A results table as data: who scored what, where it is printed, and how far it has been verified."""
