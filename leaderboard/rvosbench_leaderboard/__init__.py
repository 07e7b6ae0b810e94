"""Result tables of papers and boards as data, and what must hold of them."""
