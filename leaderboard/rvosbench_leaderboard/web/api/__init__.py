"""The JSON API, version 1: what it takes and answers, by subject."""
