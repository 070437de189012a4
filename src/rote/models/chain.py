"""Networks whose layers follow one another, each a tap and a cut point by its name."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from torch import nn

from rote.models.network import Network, Segment, Tap

LOGITS = "fully_connected"


class Chain(Network):
    """Layers one after the other, and a fully connected layer that gives the logits.

    Parameters
    ----------
    layers : mapping of str to Module, or iterable of Module
        Under their names, or as `layer_1`, `layer_2` and so on, taps, cut points and submodules. The last gives vectors
        (B, n).
    fully_connected : Linear
        From these vectors to the logits.
    """

    def __init__(self, layers: Mapping[str, nn.Module] | Iterable[nn.Module], fully_connected: nn.Linear) -> None:
        super().__init__()
        if not isinstance(layers, Mapping):
            layers = {f"layer_{number}": module for number, module in enumerate(layers, 1)}
        for name, module in layers.items():
            self.add_module(name, module)
        self.add_module(LOGITS, fully_connected)
        self.taps = {name: Tap(name) for name, _ in self.named_children()}
        self.relus = tuple(Tap(path) for path, module in self.named_modules() if isinstance(module, nn.ReLU))

    def segments(self) -> dict[str, Segment]:
        """The layers."""
        return dict(self.named_children())


def layer(**modules: nn.Module) -> nn.Sequential:
    """Modules one after the other, by name, as one layer."""
    return nn.Sequential(OrderedDict(modules))
