"""Records to a static site: boards as plain data, pages by the server's templates, one folder to host."""
