"""The processes of a running server: one for the web, some that work, one that keeps them running."""
