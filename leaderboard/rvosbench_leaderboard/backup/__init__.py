"""Everything a server keeps as one file, and back."""
