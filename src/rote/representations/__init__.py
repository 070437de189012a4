"""Class representations: the pooled outputs of a trained network for its training examples, and their reduction."""
