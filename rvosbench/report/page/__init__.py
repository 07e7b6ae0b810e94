"""One HTML file that holds everything: figures, sentences, small masks and pictures."""
