"""Accuracy of a network with one layer's weights set back to those of an earlier epoch, all others as they are.

Stephenson et al., "On the geometry of generalization and memorization in deep neural networks" (2021), Fig. 4; Zhang et
al., "Are all layers created equal?" (2019), set layers back to epoch 0 alone. A layer is a convolution or a fully
connected layer with its batch norm. The papers do not say what becomes of the batch norm, so it is an option:

    with_layer      its scale, shift and running statistics go back with the weights;
    stays           they stay;
    recalibrated    its scale and shift go back with the weights, and the running statistics of this batch norm and of
                    all that run after it are estimated anew on the training set.

Only what is behind the layer computes anything else: each batch runs through the network once, and from the segment of
each layer on once for each epoch.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from rote.errors import ConfigError, TrainingError
from rote.models.batch_norm import STATISTICS, batch_norms, estimating
from rote.models.cuts import cut_names, tail
from rote.models.layers import layers_with_weights
from rote.models.network import INPUT, Network
from rote.models.taps import full_precision
from rote.options import check_choice
from rote.seeds import Seeds
from rote.training.calibration import calibration_batches
from rote.training.evaluation import BATCH, groups
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

BatchNorm = Literal["with_layer", "stays", "recalibrated"]
Key = tuple[str, int]  # what is set back, by its name, and the epoch
AS_IT_IS: Key = ("", -1)
MEMORY = 4 << 30  # bytes of weights of epochs at a time; with less, images pass the network more often


@dataclass(frozen=True)
class Rewound:
    """How many examples are classified as labelled with each layer at each epoch.

    Attributes
    ----------
    batch_norm : {"with_layer", "stays", "recalibrated", "none"}
        What became of batch norms; none where the network has none.
    layers : tuple of str
        Names of what was set back.
    epochs : tuple of int
    examples : mapping of str to int
        Size of each group of `rote.training.evaluation.groups`: ``"train"``, ``"unpermuted"``, ``"permuted"``,
        ``"restored"``, ``"test"``.
    correct : mapping of str to ndarray
        Of each group, shape (layers, epochs), int64.
    unchanged : mapping of str to int
        The same of the network as it is, with its stored statistics.
    """

    batch_norm: BatchNorm | Literal["none"]
    layers: tuple[str, ...]
    epochs: tuple[int, ...]
    examples: Mapping[str, int]
    correct: Mapping[str, NDArray[np.int64]]
    unchanged: Mapping[str, int]


def rewind(
    network: Network,
    states: Iterable[tuple[int, Mapping[str, Tensor]]],
    training: Examples,
    test: Examples,
    normalisation: Normalisation,
    *,
    seeds: Seeds,
    layers: Mapping[str, Sequence[str]] | None = None,
    batch_norm: BatchNorm = "with_layer",
) -> Rewound:
    """Set layers back to every epoch in turn and count what the network classifies as labelled.

    Parameters
    ----------
    network : Network
        With the weights that all other layers keep, on the device of the examples. It is left in evaluation mode, and
        otherwise as before, also by an exception.
    states : iterable of (int, mapping of str to Tensor)
        Epochs, and the network's parameters and buffers at each. As many are held at a time as their layers' weights
        fit `MEMORY`.
    training, test : Examples
        What is classified.
    normalisation : Normalisation
        Its dtype and its order in memory are those of the network.
    seeds : Seeds
        Of the order of images in recalibration; otherwise nothing is drawn.
    layers : mapping of str to sequence of str, optional
        What is set back together, by a name: paths of convolutions and fully connected layers. By default each layer of
        `rote.models.layers.layers_with_weights` by itself, by its path.
    batch_norm : {"with_layer", "stays", "recalibrated"}
        See the module.

    Returns
    -------
    Rewound

    Raises
    ------
    ConfigError
        If a layer or an option is unknown.
    TrainingError
        If the weights of an epoch are of another network.

    Notes
    -----
    With layers set back the logits are those of the network with these weights loaded, bit for bit, in batches of the
    size that `rote.training.evaluation.predict` takes.
    """
    check_choice("batch_norm", batch_norm, get_args(BatchNorm))
    network.eval()
    places = _places(network, training, layers, batch_norm)
    graded = groups(training, test)
    correct: dict[str, Counter[Key]] = {name: Counter() for name in graded}
    epochs: dict[int, None] = {}
    with torch.no_grad(), full_precision():
        for variants in _blocks(network, places, states):
            epochs |= dict.fromkeys(epoch for name, epoch in variants if (name, epoch) != AS_IT_IS)
            if batch_norm == "recalibrated":
                for inputs in calibration_batches(training, normalisation, seeds):
                    for _ in _logits(network, inputs, variants, estimate=True):
                        pass
            for of, examples in (("training", training), ("test", test)):
                for chosen in torch.split(
                    torch.arange(len(examples), device=examples.device), BATCH[examples.device.type]
                ):
                    for key, logits in _logits(network, normalisation(examples.images[chosen]), variants):
                        predicted = logits.argmax(1)
                        for name, group in graded.items():
                            if group.of == of:
                                right = (predicted == group.labels[chosen]) & group.members[chosen]
                                correct[name][key] += int(right.sum())
    return Rewound(
        batch_norm if batch_norms(network) else "none",
        tuple(places),
        tuple(epochs),
        {name: int(group.members.sum()) for name, group in graded.items()},
        {
            name: np.array([[count[layer, epoch] for epoch in epochs] for layer in places], np.int64)
            for name, count in correct.items()
        },
        {name: count[AS_IT_IS] for name, count in correct.items()},
    )


@dataclass(frozen=True)
class _Place:
    """What is set back together, and from where on the network then computes anything else."""

    cut: str
    """Cut point before the first of the layers."""
    own: Mapping[str, Tensor] = field(default_factory=dict)
    """The network's tensors that others take the place of, by name."""
    norms: Mapping[str, _BatchNorm] = field(default_factory=dict)
    """Batch norms whose statistics are estimated anew, by path."""

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors of one epoch."""
        return sum(tensor.nbytes for tensor in self.own.values())

    def set_back(self, state: Mapping[str, Tensor], epoch: int) -> "_Variant":
        """The tensors of an epoch, in the order in memory of the network's own."""
        tensors = {}
        for name, own in self.own.items():
            path, _, kind = name.rpartition(".")
            if path in self.norms and kind in STATISTICS:
                tensors[name] = torch.full_like(own, STATISTICS[kind])
                continue
            if name not in state or state[name].shape != own.shape:
                raise TrainingError(
                    f"the weights of epoch {epoch} are of another network: {name} is "
                    f"{tuple(state[name].shape) if name in state else 'missing'} there and {tuple(own.shape)} in the "
                    "network. Give the checkpoints of the network's own training."
                )
            tensors[name] = torch.empty_like(own.data).copy_(state[name])
        return _Variant(self, tensors)


@dataclass(frozen=True)
class _Variant:
    """A network with some tensors set back."""

    place: _Place
    tensors: Mapping[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let the network have these tensors within the block."""
        before = {name: own.data for name, own in self.place.own.items()}
        try:
            for name, own in self.place.own.items():
                own.data = self.tensors[name]
            yield
        finally:
            for name, own in self.place.own.items():
                own.data = before[name]


def _places(
    network: Network, examples: Examples, asked: Mapping[str, Sequence[str]] | None, batch_norm: BatchNorm
) -> dict[str, _Place]:
    """What is set back, by its name."""
    height, width, channels = examples.images.shape[1:]
    layers = layers_with_weights(network, (height, width, channels))
    asked = {path: (path,) for path in layers} if asked is None else asked
    norms, state, cuts, order = (
        batch_norms(network),
        network.state_dict(keep_vars=True),
        cut_names(network),
        list(layers),
    )
    places = {}
    for name, paths in asked.items():
        if not paths:
            raise ConfigError(f"no layers are named for {name!r}. Valid: {', '.join(layers)}.")
        for path in paths:
            check_choice("layer", path, layers)
        modules, anew = set(paths), {}
        first = min(order.index(path) for path in paths)
        if batch_norm != "stays":
            modules |= {norm for path in paths for norm in layers[path].batch_norms}
        if batch_norm == "recalibrated":
            anew = {norm: norms[norm] for path in order[first:] for norm in layers[path].batch_norms}
        statistics = {f"{norm}.{kind}" for norm in anew for kind in STATISTICS}
        own = {key: own for key, own in state.items() if key.rpartition(".")[0] in modules or key in statistics}
        places[name] = _Place(cuts[cuts.index(layers[order[first]].segment) - 1], own, anew)
    return places


def _blocks(
    network: Network, places: Mapping[str, _Place], states: Iterable[tuple[int, Mapping[str, Tensor]]]
) -> Iterator[dict[Key, _Variant]]:
    """Variants of a network, those of as many epochs together as fit `MEMORY`; first the network as it is."""
    at_a_time = max(1, MEMORY // max(1, sum(place.nbytes for place in places.values())))
    variants = {AS_IT_IS: _Variant(_Place(cut_names(network)[-1]))}
    for number, (epoch, state) in enumerate(states, 1):
        variants |= {(name, epoch): place.set_back(state, epoch) for name, place in places.items()}
        if number % at_a_time == 0:
            yield variants
            variants = {}
    if variants:
        yield variants


def _logits(
    network: Network, inputs: Tensor, variants: Mapping[Key, _Variant], estimate: bool = False
) -> Iterator[tuple[Key, Tensor]]:
    """Logits of every variant of a network, or with `estimate` a step in estimating its statistics."""
    x, segments = inputs, network.segments()
    for cut in cut_names(network):
        if cut != INPUT:
            x = segments[cut](x)
        for key, variant in variants.items():
            if variant.place.cut == cut:
                with variant.installed(), estimating(variant.place.norms.values() if estimate else ()):
                    logits = tail(network, cut)(x)
                yield key, logits
