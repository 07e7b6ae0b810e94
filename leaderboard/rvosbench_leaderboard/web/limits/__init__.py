"""What keeps one client from taking what belongs to all: rates, sizes, and time."""
