"""Memorization and influence of training examples, estimated from networks trained on random subsets."""
