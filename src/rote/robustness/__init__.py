"""Certified robustness of a classifier under Gaussian noise: randomized smoothing."""
