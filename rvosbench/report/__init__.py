"""What people look at: tables, plots, and a page to browse results."""
