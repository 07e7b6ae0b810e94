"""Reference predictors. Finds the models that packages register under `rvosbench.baselines`."""
