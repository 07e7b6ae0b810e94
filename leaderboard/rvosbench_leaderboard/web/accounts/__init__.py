"""People and teams: how they come, who they are, and what they may change of themselves. No HTTP in here."""
