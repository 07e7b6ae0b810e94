"""How fast a baseline is, and what it costs, with made-up weights and pictures."""
