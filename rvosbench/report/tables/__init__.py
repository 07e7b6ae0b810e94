"""Tables for papers, spreadsheets and programs. Percentages are rounded here and nowhere before."""
