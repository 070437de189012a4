"""Representations: the outputs of a network's taps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from rote.errors import ConfigError
from rote.models.network import INPUT, Network, Tap
from rote.options import check_choice

Group = Literal["all", "relu", "layers"]
INPUT_TAP = Tap("")  # the network itself, taken before it and not after


def tap_names(model: Network, group: Group = "all") -> tuple[str, ...]:
    """Names of a group of a network's taps, in order of depth.

    Parameters
    ----------
    model : Network
    group : {"all", "relu", "layers"}
        ``"all"`` for the taps that the architecture declares; ``"relu"`` for the output of every call of a ReLU, named
        ``relu_1``, ``relu_2`` and so on; ``"layers"`` for every convolution, fully connected layer and block of a
        residual network, and for the taps of any other. No group holds the tap ``"input"``, the normalised images.

    Returns
    -------
    tuple of str

    Raises
    ------
    ConfigError
        If there is no such group, or the network has no ReLU.
    """
    return tuple(_group(model, group))


def asked_taps(model: Network, taps: Sequence[str] | Group) -> tuple[str, ...]:
    """Names of the taps that `recording` records, in order of depth; parameters and errors as there."""
    return tuple(_chosen(model, taps))


@contextmanager
def recording(
    model: Network, taps: Sequence[str] | Group = "all", take: Callable[[Tensor], Tensor] = torch.clone
) -> Iterator[dict[str, Tensor]]:
    """Record the outputs of taps at each forward pass.

    Parameters
    ----------
    model : Network
    taps : sequence of str or {"all", "relu", "layers"}
        Names of taps in any order, ``"input"`` and those of every group of `tap_names`, or a group.
    take : callable
        What is kept of an output, in memory of its own.

    Yields
    ------
    dict of str to Tensor
        Output of each tap at the latest forward pass, in order of depth; empty before the first. Outputs are detached
        and copied, so that a later layer that works in place (torchvision's ReLU) leaves them as they were.

    Raises
    ------
    ConfigError
        If the network has no tap or group of a name.

    Notes
    -----
    The hooks are gone after the block, also when it ends by an exception. Taps record in a front and a tail of the
    network too (`rote.models.cuts`), all but ``"input"``, which both go round.
    """
    outputs: dict[str, Tensor] = {}

    def keep(name: str, output: Tensor) -> None:
        outputs[name] = take(output.detach())

    with ExitStack() as hooks:
        for name, tap in _chosen(model, taps).items():
            for hook in _hooks(model, tap, partial(keep, name)):
                hooks.enter_context(hook)
        yield outputs


def representations(model: Network, inputs: Tensor, taps: Sequence[str] | Group = "all") -> dict[str, Tensor]:
    """Representations of a batch of images, one row per image.

    Parameters
    ----------
    model : Network
        Used in evaluation mode and without gradients; left in the mode it was in.
    inputs : Tensor
        Normalised images (n, C, H, W) on the model's device.
    taps
        As in `recording`.

    Returns
    -------
    dict of str to Tensor
        Each (n, features), in order of depth, with the device and dtype of the tap's output.

    Raises
    ------
    ConfigError
        If the network has no tap or group of a name.
    """
    with recording(model, taps) as outputs, _evaluation_mode(model), torch.no_grad():
        model(inputs)
    return {name: output.flatten(1) for name, output in outputs.items()}


@contextmanager
def full_precision() -> Iterator[None]:
    """Let a GPU's convolutions round as float32 does: TF32, its default, is as coarse as 1e-3."""
    cudnn = torch.backends.cudnn
    with cudnn.flags(enabled=True, benchmark=cudnn.benchmark, deterministic=cudnn.deterministic, allow_tf32=False):
        yield


def pooled_representations(model: Network, inputs: Tensor, taps: Sequence[str] | Group = "all") -> dict[str, Tensor]:
    """Representations of a batch of images in which neither place nor token is told apart.

    Parameters
    ----------
    model, inputs, taps
        As in `representations`.

    Returns
    -------
    dict of str to Tensor
        Each (n, features), in order of depth: of an output (n, C, H, W) the average over space (Jamroz & Kurdziel,
        Eq. 1), of an output of tokens (n, T, F) what `Network.token_pooling` says, and an output (n, F) as it is.

    Raises
    ------
    ConfigError
        If the network has no tap or group of a name.
    """
    with recording(model, taps, partial(_pooled, model)) as outputs, _evaluation_mode(model), torch.no_grad():
        model(inputs)
    return outputs


def _pooled(model: Network, output: Tensor) -> Tensor:
    match output.ndim, model.token_pooling:
        case 4, _:
            return output.mean((2, 3))
        case 3, "class_token":
            return output[:, 0].clone()
        case 3, "mean":
            return output.mean(1)
        case 2, _:
            return output.clone()
    raise TypeError(f"{type(model).__name__} does not say how an output of shape {tuple(output.shape)} is pooled")


def _hooks(model: Network, tap: Tap, keep: Callable[[Tensor], None]) -> Iterator[RemovableHandle]:
    module = model.get_submodule(tap.module)
    calls = 0

    def count_from_start(*_: Any) -> None:
        nonlocal calls
        calls = 0

    def keep_if_wanted(module: nn.Module, inputs: Any, output: Tensor) -> None:
        nonlocal calls
        calls += 1
        if tap.call in (None, calls):
            keep(output)

    if tap is INPUT_TAP:
        yield module.register_forward_pre_hook(lambda module, inputs: keep(inputs[0]))
        return
    if tap.call is not None:
        holder, _, _ = tap.module.rpartition(".")
        yield model.get_submodule(holder).register_forward_pre_hook(count_from_start)
    yield module.register_forward_hook(keep_if_wanted)


def _chosen(model: Network, taps: Sequence[str] | Group) -> dict[str, Tap]:
    if isinstance(taps, str):
        return _group(model, taps)
    known = {INPUT: INPUT_TAP, **(model.layer_taps or {}), **model.taps, **_relu_taps(model)}
    for name in taps:
        check_choice("tap", name, known)
    return {name: tap for name, tap in known.items() if name in taps}


def _group(model: Network, group: str) -> dict[str, Tap]:
    check_choice("group of taps", group, get_args(Group))
    if group == "all":
        return model.taps
    if group == "layers":
        return model.layer_taps or model.taps
    if not model.relus:
        raise ConfigError(f"{type(model).__name__} has no ReLU. Name other taps: {', '.join(model.taps)}.")
    return _relu_taps(model)


def _relu_taps(model: Network) -> dict[str, Tap]:
    return {f"relu_{i}": tap for i, tap in enumerate(model.relus, 1)}


@contextmanager
def _evaluation_mode(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
