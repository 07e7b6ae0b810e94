"""Processes that work through the queue, what they do with a job, and who keeps them running."""
