"""One file per group of cases, each with a function that makes them."""
