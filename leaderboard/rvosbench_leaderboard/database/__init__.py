"""What the evaluation server remembers: tables, transactions, migrations."""
