"""Gradients of the loss, layer by layer: what in them depends on the labels, and what does not."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
