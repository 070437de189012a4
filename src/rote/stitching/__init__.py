"""Stitching: the first layers of one network, the last of another, and a small layer between them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
