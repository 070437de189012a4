"""Claims of paper 2, on the geometry of generalization and memorization: a module for each table that they are of."""
