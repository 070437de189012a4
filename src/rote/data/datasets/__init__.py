"""One module per data set, found by its name."""
