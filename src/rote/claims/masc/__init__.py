"""Claims of Ketha & Ramaswamy on latent generalization (paper 4)."""
