"""Classes as linear subspaces of a representation: classification by the smallest angle, and its baselines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
