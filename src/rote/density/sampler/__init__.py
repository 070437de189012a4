"""Collapsed Gibbs sampling of partitions into Gaussian components, compiled."""
