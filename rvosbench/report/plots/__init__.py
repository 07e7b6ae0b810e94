"""Figures for papers: one file for each plot, each with a `draw` that gives a matplotlib `Figure`."""
