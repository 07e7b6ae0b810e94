"""One file per dataset: how an official release becomes records of the schema."""
