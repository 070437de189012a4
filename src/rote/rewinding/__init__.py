"""Rewinding: what a trained network does with some of its layers set back to an earlier epoch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
