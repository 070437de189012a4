"""Similarity of representations: centred kernel alignment between and within networks, and what a map of it says."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
