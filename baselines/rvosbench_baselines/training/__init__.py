"""Training of the baselines. It reads ground truth and scores; no predictor imports it."""
