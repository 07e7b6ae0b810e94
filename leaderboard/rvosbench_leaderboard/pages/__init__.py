"""The HTML pages of the server: what they show, in which words, and for whom."""
