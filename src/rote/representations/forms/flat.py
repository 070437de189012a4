"""Flat feature vectors: every number of an output."""

from torch import Tensor

from rote.models.network import Network
from rote.models.taps import representations
from rote.representations.feature_tables import FeatureTables
from rote.representations.sources import Taken, Taps


class Form(FeatureTables):
    """See `rote.representations.sources.Form`."""

    def take(self, model: Network, inputs: Tensor, taps: Taps) -> Taken:
        """Outputs as they are, flattened."""
        return representations(model, inputs, taps)
