"""Similarity of representations: centred kernel alignment between and within networks, and what a map of it says."""
