"""What organisers and administrators do, and what is kept of it. Each function is a part of the caller's
transaction; none knows HTTP."""
