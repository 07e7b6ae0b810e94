"""Where the bytes of submissions are kept."""
