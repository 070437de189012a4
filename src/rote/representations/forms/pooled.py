"""Pooled feature vectors: neither place nor token is told apart."""

from torch import Tensor

from rote.models.network import Network
from rote.models.taps import pooled_representations
from rote.representations.feature_tables import FeatureTables
from rote.representations.sources import Taken, Taps


class Form(FeatureTables):
    """See `rote.representations.sources.Form`."""

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Outputs averaged over space, or tokens as the network pools them."""
        return pooled_representations(model, inputs, taps)
