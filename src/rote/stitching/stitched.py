"""Networks stitched together at a cut point: the front of one, the tail of another, and a stitch between them.

Gupta et al., paper 3, Fig. 2, after Csiszárik et al. (2021). Only the stitch is trained, by cross-entropy on true
labels. In the style ``frankenstein`` both halves are frozen and in evaluation mode, so that no running statistic
moves. Then the activations of a front never change: they are computed once. Stitches into the same tail are trained
together, one batch through the tail for all of them; in evaluation mode no example knows of another, so this changes
nothing but rounding. In the style ``bansal`` copies of both halves are in training mode, where batch norms take the
statistics of each batch and their running statistics adapt: a freedom that the first style excludes.

A trained stitch can repair a representation by itself. So the accuracy of least squares alone, which knows no labels,
is told beside that of the trained stitch. A network in front of itself starts from the identity, which is exact:
trained, it says what a stitch and true labels repair alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rote.config.stitching import Start
from rote.errors import ConfigError
from rote.models.cuts import front, tail
from rote.models.network import Segment
from rote.models.taps import full_precision
from rote.seeds import Seeds
from rote.stitching.kept import IN_MEMORY, KeptActivations, Room
from rote.stitching.least_squares import Affine, Moments, as_samples
from rote.stitching.recipe import StitchRecipe, train_stitches
from rote.stitching.stitch import NormedStitch, Stitch, make_stitch, starting_map
from rote.training.evaluation import BATCH
from rote.training.examples import Examples
from rote.training.networks import TrainedNetwork

Logits = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Stitched:
    """A front and a tail with a trained stitch between them.

    Attributes
    ----------
    front : str
        Name of the network in front.
    start : {"least_squares", "identity", "random"}
        Where the stitch started.
    halves : tuple of TrainedNetwork
        The networks of the front and of the tail; copies, whose running statistics adapted, in the style ``bansal``.
    stitch : Module
        Trained, in evaluation mode: maps the front's activation to one for the tail.
    least_squares : ndarray of bool, shape (n_test,)
        Which test examples are classified rightly with the map of least squares, which saw no labels.
    started : ndarray of bool, shape (n_test,)
        With the stitch where it started.
    trained : ndarray of bool, shape (n_test,)
        With the trained stitch.
    r_squared : float
        Share of the variance of the tail's own activation that least squares explain; NaN where it never varies.
    loss : float
        Mean cross-entropy of the last tenth of the steps, in nats.
    statistics_moved : bool
        Whether a buffer of a half, such as a running statistic, is another than before training.
    """

    front: str
    start: Start
    halves: tuple[TrainedNetwork, TrainedNetwork]
    stitch: nn.Module
    least_squares: NDArray[np.bool_]
    started: NDArray[np.bool_]
    trained: NDArray[np.bool_]
    r_squared: float
    loss: float
    statistics_moved: bool


def stitch_networks(
    fronts: Mapping[str, TrainedNetwork],
    into: TrainedNetwork,
    cut: str,
    training: Examples,
    test: Examples,
    *,
    recipe: StitchRecipe,
    seeds: Seeds,
    room: Room = IN_MEMORY,
) -> list[Stitched]:
    """Stitch the fronts of several networks to the tail of one, and train the stitches.

    Parameters
    ----------
    fronts : mapping of str to TrainedNetwork
        By name. The network of the tail may be among them: its stitch starts from the identity.
    into : TrainedNetwork
        Whose tail it is. All networks are on one device, left in evaluation mode, and otherwise as before.
    cut : str
        One of `rote.models.cuts.cut_names` of all of them.
    training, test : Examples
        Stitches are fitted to the training images and their true labels, and scored on the test images.
    recipe : StitchRecipe
    seeds : Seeds
        Of the order of images, which all stitches share, and of random starts.
    room : Room
        For the activations of all fronts.

    Returns
    -------
    list of Stitched
        In the order of the fronts.

    Raises
    ------
    ConfigError
        If a network has no such cut, or representations differ in more than their channels.
    TrainingError
        If a loss is not finite.
    """
    if not fronts:
        return []
    for network in (into, *fronts.values()):
        network.model.eval()
    with ExitStack() as files, full_precision():
        if recipe.style == "frankenstein":
            of_each = room._replace(memory=room.memory // len(fronts))
            kept = {name: files.enter_context(KeptActivations(len(training), of_each)) for name in fronts}
        else:
            kept = {}
        begun = [
            _begun(name, network is into, of, recipe, seeds)
            for (name, network), of in zip(fronts.items(), _moments(fronts, into, cut, training, kept), strict=True)
        ]
        trained = [deepcopy(one.stitch) for one in begun]
        if recipe.style == "frankenstein":
            halves = [(network, into) for network in fronts.values()]
            logits = _through_one_tail(trained, list(kept.values()), tail(into.model, cut))
            with _frozen(into.model):
                losses = train_stitches(trained, logits, training.true_labels, recipe, seeds)
        else:
            halves, losses = [], []
            for stitch, network in zip(trained, fronts.values(), strict=True):
                copies = _copy(network), _copy(into)
                logits = _through_copies(stitch, *copies, cut, training)
                with _training(*copies):
                    losses += train_stitches([stitch], logits, training.true_labels, recipe, seeds)
                halves.append(copies)
        found = []
        for one, stitch, half, loss in zip(begun, trained, halves, losses, strict=True):
            network = fronts[one.front]
            nearest, started = _right([Stitch(one.nearest), one.stitch.eval()], network, into, cut, test)
            (right,) = _right([stitch.eval()], *half, cut, test)
            moved = any(_moved(before, after) for before, after in zip((network, into), half, strict=True))
            found.append(
                Stitched(one.front, one.start, half, stitch, nearest, started, right, one.r_squared, loss, moved)
            )
        return found


def own_predictions(network: TrainedNetwork, test: Examples) -> NDArray[np.bool_]:
    """Which test examples a network classifies rightly as it is, shape (n_test,), bool, in float32."""
    with torch.no_grad(), full_precision():
        return np.concatenate(
            [
                (network.model(network.normalisation(images)).argmax(1) == labels).cpu().numpy()
                for images, labels in _blocks(test)
            ]
        )


class _Begun(NamedTuple):
    """A stitch before its training."""

    front: str
    start: Start
    stitch: Stitch | NormedStitch
    nearest: Affine
    r_squared: float


def _begun(name: str, is_own: bool, moments: Moments, recipe: StitchRecipe, seeds: Seeds) -> _Begun:
    """A stitch where it starts, and the map of least squares."""
    nearest = moments.least_squares()
    begins: Start = "identity" if is_own else recipe.start
    affine = starting_map(begins, moments, seeds.within(name)) if begins != "least_squares" else nearest
    return _Begun(name, begins, make_stitch(recipe.style, affine, moments), nearest, moments.r_squared(nearest))


def _moments(
    fronts: Mapping[str, TrainedNetwork],
    into: TrainedNetwork,
    cut: str,
    training: Examples,
    kept: Mapping[str, KeptActivations],
) -> list[Moments]:
    """Moments of each front's activation with the tail's own; activations are kept on the way."""
    moments = {name: Moments() for name in fronts}
    with torch.no_grad():
        for images, _ in _blocks(training):
            own = front(into.model, cut)(into.normalisation(images))
            for name, network in fronts.items():
                activation = own if network is into else front(network.model, cut)(network.normalisation(images))
                _check_shapes(name, cut, activation, own)
                moments[name].add(as_samples(activation), as_samples(own))
                if kept:
                    kept[name].append(activation)
    return list(moments.values())


def _check_shapes(name: str, cut: str, activation: Tensor, own: Tensor) -> None:
    """Refuse representations that differ in more than their channels."""
    places = [x.shape[2:] if x.ndim == 4 else x.shape[1:-1] for x in (activation, own)]
    if activation.ndim != own.ndim or places[0] != places[1]:
        raise ConfigError(
            f"{name} cannot be stitched at {cut}: its representation there is {tuple(activation.shape[1:])} and the "
            f"tail takes {tuple(own.shape[1:])}. Only channels may differ: name another cut, or networks of one kind."
        )


def _through_one_tail(stitches: Sequence[nn.Module], kept: Sequence[KeptActivations], behind: Segment) -> Logits:
    """Logits of examples with every stitch, by one pass through the tail."""

    def logits(chosen: Tensor) -> Tensor:
        mapped = [stitch(of_front[chosen]) for stitch, of_front in zip(stitches, kept, strict=True)]
        return behind(torch.cat(mapped)).view(len(stitches), len(chosen), -1)

    return logits


def _through_copies(
    stitch: nn.Module, before: TrainedNetwork, behind: TrainedNetwork, cut: str, training: Examples
) -> Logits:
    """Logits of examples with one stitch, by a pass through both halves."""

    def logits(chosen: Tensor) -> Tensor:
        with torch.no_grad():
            activation = front(before.model, cut)(before.normalisation(training.images[chosen]))
        return tail(behind.model, cut)(stitch(activation))[None]

    return logits


def _right(
    stitches: Sequence[nn.Module], before: TrainedNetwork, behind: TrainedNetwork, cut: str, test: Examples
) -> list[NDArray[np.bool_]]:
    """Which test examples are classified rightly with each stitch, (n_test,), bool."""
    found: list[list[Tensor]] = [[] for _ in stitches]
    with torch.no_grad():
        for images, labels in _blocks(test):
            activation = front(before.model, cut)(before.normalisation(images))
            for stitch, right in zip(stitches, found, strict=True):
                right.append(tail(behind.model, cut)(stitch(activation)).argmax(1) == labels)
    return [torch.cat(right).cpu().numpy() for right in found]


def _blocks(examples: Examples) -> Iterator[tuple[Tensor, Tensor]]:
    """Raw images and true labels, in batches as evaluation takes them."""
    size = BATCH[examples.device.type]
    yield from zip(torch.split(examples.images, size), torch.split(examples.true_labels, size), strict=True)


@contextmanager
def _frozen(*networks: nn.Module) -> Iterator[None]:
    """Let no parameter of networks ask for a gradient within the block."""
    asked = [(parameter, parameter.requires_grad) for one in networks for parameter in one.parameters()]
    try:
        for parameter, _ in asked:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter, before in asked:
            parameter.requires_grad_(before)


@contextmanager
def _training(*copies: TrainedNetwork) -> Iterator[None]:
    """Let copies be in training mode within the block, their parameters frozen: only running statistics move."""
    with _frozen(*(copy.model for copy in copies)):
        try:
            for copy in copies:
                copy.model.train()
            yield
        finally:
            for copy in copies:
                copy.model.eval()


def _copy(network: TrainedNetwork) -> TrainedNetwork:
    return replace(network, model=deepcopy(network.model))


def _moved(before: TrainedNetwork, after: TrainedNetwork) -> bool:
    """Whether a buffer differs."""
    now = dict(after.model.named_buffers())
    return any(not torch.equal(buffer, now[name]) for name, buffer in before.model.named_buffers())
