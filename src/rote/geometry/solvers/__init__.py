"""The compiled parts of the analysis of manifolds: quadratic programmes and the search for shared directions."""
