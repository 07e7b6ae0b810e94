"""Work that waits, and who has taken it. The submission row is the truth; a lost job is placed anew."""
