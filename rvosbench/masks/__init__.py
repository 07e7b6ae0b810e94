"""What a mask is, and how one is read and written."""
