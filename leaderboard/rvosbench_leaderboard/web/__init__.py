"""The web part of the evaluation server: who may ask what, and what is answered. Opens no ground truth."""
