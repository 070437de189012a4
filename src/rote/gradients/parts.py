"""The label-dependent and the label-independent part of the gradient of the cross-entropy.

Stephenson et al., "On the geometry of generalization and memorization in deep neural networks" (2021). With N_c the
logits, P_L the distribution of an example's label, P_M that of the network, P classes and ⟨·⟩ the mean over examples,
the gradient of the mean cross-entropy is (Eq. 6)

    ∇L = −⟨Σ_c P_L(c) ∇N_c⟩ + ⟨Σ_c P_M(c) ∇N_c⟩,

a part that depends on the labels and one that does not. As P_L and P_M each sum to 1, a common centre can be taken off
every ∇N_c: it moves from one part to the other, and their sum stays (Eq. 15). With ⟨·⟩_D over the whole data set, also
where the parts are those of a group of examples, the centre is

    classes            1/P Σ_c ⟨∇N_c⟩_D: the parts of the whole set vanish where P_L or P_M is uniform (Eqs 13 and 15);
    label_frequency    Σ_c f_c ⟨∇N_c⟩_D with f_c the group's frequency of label c: in the last layer, with φ its input,
                       the dependent part is −⟨P_L(c) (φ − ⟨φ⟩_D)⟩, as in Eqs 2 and 16, and no imbalance of labels is
                       left in it.

Eq. 16 read literally takes Σ_c P_M(c) off the independent part instead of f_c: those two parts do not add up to the
gradient, so the independent part here is the gradient minus the dependent one.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torch.nn.functional import one_hot
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from rote.errors import ConfigError, DataError
from rote.models.batch_norm import batch_norms
from rote.models.layers import Layer, layers_with_weights
from rote.models.network import Network
from rote.models.taps import full_precision
from rote.options import check_choice
from rote.training.evaluation import BATCH
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.layout import training_layout

Centre = Literal["none", "classes", "label_frequency"]
Group = Literal["all", "unpermuted", "permuted"]
Gradient = Mapping[str, Tensor]


@dataclass(frozen=True)
class LabelParts:
    """Gradients of the mean cross-entropy of groups of examples, with respect to the weights of each layer.

    All in float64, by group and by layer, in the shape of the layer's weights.

    Attributes
    ----------
    examples : mapping of str to int
        Size of each group: ``"all"``, and ``"unpermuted"`` and ``"permuted"`` where it has examples.
    total : mapping
        The gradient.
    uncentred : mapping
        Its label-dependent part by Eq. 6.
    centres : mapping
        What is added to the dependent part and taken off the independent one, by the name of the centre.
    """

    examples: Mapping[str, int]
    total: Mapping[str, Gradient]
    uncentred: Mapping[str, Gradient]
    centres: Mapping[str, Mapping[str, Gradient]]

    @property
    def layers(self) -> tuple[str, ...]:
        """Paths of the layers, in the order in which they run."""
        return tuple(self.total["all"])

    def parts(self, group: str, layer: str, centred_by: Centre) -> tuple[Tensor, Tensor]:
        """The label-dependent and the label-independent part, which add up to the gradient.

        Raises
        ------
        ConfigError
            If the group has no examples, or the layer or the centre was not measured.
        """
        check_choice("group of examples", group, self.examples)
        check_choice("layer", layer, self.layers)
        check_choice("centre", centred_by, ("none", *self.centres))
        dependent = self.uncentred[group][layer]
        if centred_by != "none":
            dependent = dependent + self.centres[centred_by][group][layer]
        return dependent, self.total[group][layer] - dependent


def label_parts(
    network: Network,
    examples: Examples,
    normalisation: Normalisation,
    centres: Sequence[Centre] = ("none", "classes"),
    batch_size: int | None = None,
) -> LabelParts:
    """Gradients of the mean cross-entropy of groups of examples, and their label-dependent parts.

    Parameters
    ----------
    network : Network
        In evaluation mode. Its parameters stay as they are.
    examples : Examples
        The training set as labelled, on the network's device; its weights do not count.
    normalisation : Normalisation
        Its dtype is that of the network's parameters.
    centres : sequence of {"none", "classes", "label_frequency"}
        Centres besides none. ``"classes"`` costs one backward pass, ``"label_frequency"`` one for each of the two
        groups, beside the two of every other and the one forward pass.
    batch_size : int, optional
        Examples at a time; the results are those of the whole set, at every size. By default what evaluation takes.

    Returns
    -------
    LabelParts

    Raises
    ------
    ConfigError
        If a centre is unknown, or a batch norm or dropout of the network is in training mode.
    DataError
        If there are no examples, or a label is no class of the network.

    Notes
    -----
    Batches hold examples of one group each, so that groups take no further pass. Sums are accumulated in float64.
    """
    for centre in centres:
        check_choice("centre", centre, get_args(Centre))
    _check_evaluation_mode(network)
    if not len(examples):
        raise DataError("gradients of no examples: give at least one.")
    height, width, channels = examples.images.shape[1:]
    layers = layers_with_weights(network, (height, width, channels))
    model, factors = _folded(network, layers)
    layout = training_layout(model, normalisation.memory_format, examples.device)
    model.to(memory_format=layout)
    normalisation = normalisation.in_layout(layout)
    weights = {path: model.get_parameter(f"{path}.weight") for path in layers}
    members = {"unpermuted": ~examples.permuted, "permuted": examples.permuted}
    groups = {group: chosen.nonzero().flatten() for group, chosen in members.items() if chosen.any()}
    total, uncentred, by_frequency = ({group: _zeros(weights) for group in groups} for _ in range(3))
    by_classes = _zeros(weights)

    n, batch = len(examples), batch_size or BATCH[examples.device.type]
    frequencies: dict[str, Tensor] = {}
    with full_precision(), torch.enable_grad():
        for group, chosen in groups.items():
            for block in torch.split(chosen, batch):
                logits = model(normalisation(examples.images[block]))
                n_classes, labels = logits.shape[1], examples.labels[block]
                if not frequencies:
                    _check_labels(examples.labels, n_classes)
                    frequencies = {
                        name: examples.labels[all_of].bincount(minlength=n_classes).to(logits.dtype) / len(all_of)
                        for name, all_of in groups.items()
                    }
                given = one_hot(labels, n_classes).to(logits.dtype)
                difference = logits.detach().double().softmax(1) - given  # float32 would round it where it is small
                sums = [(total[group], difference.to(logits.dtype)), (uncentred[group], -given)]
                if "classes" in centres:
                    sums.append((by_classes, torch.full_like(given, 1 / n_classes)))
                if "label_frequency" in centres:
                    sums += [(by_frequency[name], share.expand_as(given)) for name, share in frequencies.items()]
                for number, (into, cotangent) in enumerate(sums, 1):
                    _add_gradient(into, logits, weights, cotangent, last=number == len(sums))

    sizes = {group: len(chosen) for group, chosen in groups.items()}
    for group, size in sizes.items():
        for of_group in (total[group], uncentred[group]):
            _scale(of_group, factors, size)
        _scale(by_frequency[group], factors, n)
    _scale(by_classes, factors, n)
    found: dict[str, Mapping[str, Gradient]] = {}
    if "classes" in centres:
        found["classes"] = dict.fromkeys(("all", *groups), by_classes)
    if "label_frequency" in centres:
        found["label_frequency"] = _with_all(by_frequency, sizes)
    return LabelParts({"all": n, **sizes}, _with_all(total, sizes), _with_all(uncentred, sizes), found)


def _check_evaluation_mode(network: nn.Module) -> None:
    training = [
        path
        for path, module in network.named_modules()
        if module.training and isinstance(module, _BatchNorm | _DropoutNd)
    ]
    if training:
        raise ConfigError(
            f"{training[0]} is in training mode, in which an example's gradient depends on the rest of its batch, so "
            "that gradients of groups do not add up to that of the whole. Call eval() of the network first."
        )


def _check_labels(labels: Tensor, n_classes: int) -> None:
    if labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(
            f"labels go from {labels.min().item()} to {labels.max().item()}, and the network has {n_classes} classes: "
            "give the labels that it was trained on."
        )


def _zeros(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {path: torch.zeros_like(weight, dtype=torch.float64) for path, weight in weights.items()}


def _scale(sums: Gradient, factors: Mapping[str, Tensor], n: int) -> None:
    """Make means of sums over n examples, and gradients of the network's weights of those of the folded ones."""
    for path, tensor in sums.items():
        tensor.mul_(factors[path] / n)


def _with_all(groups: Mapping[str, Gradient], sizes: Mapping[str, int]) -> dict[str, Gradient]:
    """Means of groups and, before them, that of all examples."""
    n = sum(sizes.values())
    first = next(iter(groups.values()))
    whole = {path: sum(groups[group][path] * (size / n) for group, size in sizes.items()) for path in first}
    return {"all": whole, **groups}  # type: ignore[dict-item]  # a sum of tensors


def _add_gradient(into: Gradient, logits: Tensor, weights: Mapping[str, Tensor], cotangent: Tensor, last: bool) -> None:
    """Add the gradient of Σ cotangent · logits, whose graph is kept for the next unless it is the last."""
    gradients = torch.autograd.grad(logits, list(weights.values()), cotangent, retain_graph=not last)
    for tensor, gradient in zip(into.values(), gradients, strict=True):
        tensor.add_(gradient)


def _folded(network: Network, layers: Mapping[str, Layer]) -> tuple[nn.Module, dict[str, Tensor]]:
    """A copy of a network that gives gradients of its layers' weights, and what each gradient is to be multiplied by.

    A batch norm in evaluation mode scales each channel by a constant, so that it can be part of the convolution before
    it. The gradient with respect to the weights is then that with respect to the scaled ones, times the scale.
    """
    norms = batch_norms(network)
    copy = fuse(network) if norms else deepcopy(network)
    copy.requires_grad_(False)
    left = dict(copy.named_modules())
    factors = {}
    for path, layer in layers.items():
        weight = copy.get_parameter(f"{path}.weight").requires_grad_(True)
        factor = torch.ones(len(weight), dtype=torch.float64, device=weight.device)
        for norm in (norms[name] for name in layer.batch_norms if name not in left):
            variance = cast("Tensor", norm.running_var).double()
            factor = norm.weight.detach().double() * (variance + norm.eps).rsqrt()
        factors[path] = factor.view(-1, *[1] * (weight.ndim - 1))
    return copy, factors
