"""The official on-disk layout of every dataset: one file per dataset, each writes what the release holds."""
