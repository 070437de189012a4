"""Representations: the outputs of a network's taps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn

from rote.models.network import Network
from rote.options import check_choice


def tap_names(model: Network) -> tuple[str, ...]:
    """Names of a network's taps, in order of depth."""
    return tuple(model.taps)


@contextmanager
def recording(
    model: Network, taps: Sequence[str] | Literal["all"] = "all", take: Callable[[Tensor], Tensor] = torch.clone
) -> Iterator[dict[str, Tensor]]:
    """Record the outputs of taps at each forward pass.

    Parameters
    ----------
    model : Network
    taps : sequence of str or "all"
        Names of taps, in any order.
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
        If the network has no tap of a name.

    Notes
    -----
    The hooks are gone after the block, also when it ends by an exception.
    """
    outputs: dict[str, Tensor] = {}
    hooks = []
    try:
        for name in _in_order_of_depth(model, taps):
            module = model.get_submodule(model.taps[name])
            hooks.append(module.register_forward_hook(partial(_record, outputs, name, take)))
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


def representations(model: Network, inputs: Tensor, taps: Sequence[str] | Literal["all"] = "all") -> dict[str, Tensor]:
    """Representations of a batch of images, one row per image.

    Parameters
    ----------
    model : Network
        Used in evaluation mode and without gradients; left in the mode it was in.
    inputs : Tensor
        Normalised images (n, C, H, W) on the model's device.
    taps : sequence of str or "all"

    Returns
    -------
    dict of str to Tensor
        Each (n, features), in order of depth, with the device and dtype of the tap's output.

    Raises
    ------
    ConfigError
        If the network has no tap of a name.
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


def pooled_representations(
    model: Network, inputs: Tensor, taps: Sequence[str] | Literal["all"] = "all"
) -> dict[str, Tensor]:
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
        If the network has no tap of a name.
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


def _in_order_of_depth(model: Network, taps: Sequence[str] | Literal["all"]) -> list[str]:
    if taps == "all":
        return list(model.taps)
    for name in taps:
        check_choice("tap", name, model.taps)
    return [name for name in model.taps if name in taps]


def _record(
    outputs: dict[str, Tensor],
    name: str,
    take: Callable[[Tensor], Tensor],
    module: nn.Module,
    inputs: Any,
    output: Tensor,
) -> None:
    outputs[name] = take(output.detach())


@contextmanager
def _evaluation_mode(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
