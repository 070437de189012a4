"""Geometry of classes as manifolds: how many of them a linear readout can tell apart, and what that is due to."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
