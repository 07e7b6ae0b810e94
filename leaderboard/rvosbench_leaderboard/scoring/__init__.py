"""The only code that opens ground truth. It runs in a process of its own, in a cell of the operating
system."""
