"""Images as a layer sees them, in two dimensions; and how much their neighbourhoods there say of labels."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
