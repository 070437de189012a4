"""Claims of paper 3, on stitched networks and on convergence under label noise."""
