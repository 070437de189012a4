"""Forms in which representations are kept, one module each: the recorder imports the one that it needs by its name."""
