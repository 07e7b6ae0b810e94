"""Who is asking, and what they may: passwords, sessions, tokens, forms, and the table of all actions."""
