"""Memorization and influence of training examples, estimated from networks trained on random subsets."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
