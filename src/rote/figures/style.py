"""The look that all figures share: colour-blind safe, readable in print, the same bytes for the same tables.

Text is drawn as written: mathematics between dollar signs is off, as titles and names come from configurations.

A figure is a function of data frames (`rote.tables.frames.gather`) and plain values that returns a matplotlib Figure,
decorated by `house_style`; `save` writes its files.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, Formatter, FuncFormatter, LogFormatterMathtext, NullLocator
from numpy.typing import NDArray

from rote.files import replacing
from rote.tables.training import EPOCH_ZERO

PALETTE = "colorblind"
MAP = "cividis"  # perceptually uniform and the same to colour-blind readers
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FORMATS = {"png": None, "svg": {"Date": None}}  # metadata of each: a file says nothing of the moment

P = ParamSpec("P")


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style, whatever is set outside; settings outside the block stay as they were."""
    with mpl.rc_context():
        mpl.rcdefaults()
        sns.set_theme(style="ticks", palette=PALETTE, font_scale=0.85)
        mpl.rcParams.update(
            {
                "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib; other fonts differ from machine to machine
                "text.parse_math": False,
                "figure.constrained_layout.use": True,
                "figure.dpi": 100,
                "savefig.dpi": 180,
                "svg.fonttype": "none",
                "svg.hashsalt": "rote",
                "axes.spines.top": False,
                "axes.spines.right": False,
                "legend.frameon": False,
            }
        )
        yield


def house_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a function draw its figure in the house style and give it back closed: a notebook shows it once."""

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> Figure:
        with styled():
            open_before = set(plt.get_fignums())
            try:
                made = draw(*args, **options)
                _write_plain_powers(made)
            finally:
                for number in set(plt.get_fignums()) - open_before:
                    plt.close(number)
        return made

    return drawn


def save(made: Figure, picture: str | Path) -> None:
    """Write a figure as PNG, and as SVG beside it: the same bytes for the same rows.

    Matplotlib's constrained layout starts from the last one: a figure that was shown or saved before may lie a fraction
    of a pixel elsewhere.

    Parameters
    ----------
    made : matplotlib.figure.Figure
        That a function decorated by `house_style` returned.
    picture : str or Path
        The ``.png`` file. It and the ``.svg`` file of the same name are each replaced as a whole.

    Raises
    ------
    RoteError
        If the file system refuses; see `rote.files.replacing`.
    """
    with styled():
        for suffix, metadata in FORMATS.items():
            with replacing(Path(picture).with_suffix(f".{suffix}")) as temporary:
                made.savefig(temporary, format=suffix, metadata=metadata)


def _write_plain_powers(made: Figure) -> None:
    for axes in made.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for ticker in (axis.major, axis.minor):
                if isinstance(ticker.formatter, LogFormatterMathtext):
                    ticker.formatter = PlainPowers(ticker.formatter, axis)


class PlainPowers(Formatter):
    """Labels of a logarithmic axis without mathematics: 2×10⁻³ with signs of the font.

    Parameters
    ----------
    formatter : matplotlib.ticker.LogFormatterMathtext
        That makes the labels.
    axis : matplotlib.axis.Axis
        Whose labels they are.
    """

    def __init__(self, formatter: LogFormatterMathtext, axis: Axis) -> None:
        self.formatter = formatter
        self.set_axis(axis)

    def set_locs(self, locs: Sequence[float]) -> None:
        """Take the places of all labels, by which the formatter chooses which of them to write."""
        self.formatter.set_locs(locs)

    def __call__(self, value: float, position: int | None = None) -> str:
        """Label of the tick at a value."""
        label = re.sub(r"\$\\mathdefault\{(.*)\}\$", r"\1", self.formatter(value, position))
        label = re.sub(r"\^\{(.*)\}", lambda power: power[1].translate(SUPERSCRIPTS), label)
        return self.fix_minus(label.replace(r"\times", "×"))


def epoch_position(epoch: NDArray[np.int_]) -> NDArray[np.float64]:
    """Place of epochs on a logarithmic axis, float64: the untrained network, epoch 0, stands at its left end."""
    return np.maximum(np.asarray(epoch, np.float64), EPOCH_ZERO)


def epoch_edges(epochs: NDArray[np.int_]) -> NDArray[np.float64]:
    """Edges of the cells of a map whose rows or columns are epochs, halfway between them on a logarithmic axis.

    Parameters
    ----------
    epochs : ndarray, shape (E,), int
        Ascending.

    Returns
    -------
    ndarray, shape (E + 1,), float64
    """
    centres = np.log(epoch_position(epochs))
    end = centres[-1:] if len(centres) > 1 else centres + np.log(2)  # epoch 0 alone fills the axis from 0 to 1
    edges: NDArray[np.float64] = np.exp(np.concatenate([centres[:1], (centres[1:] + centres[:-1]) / 2, end]))
    return edges


def log_epoch_axis(axes: Axes, last_epoch: int, which: str = "x") -> None:
    """Make an axis logarithmic in epochs, with epoch 0 at its start.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    last_epoch : int
    which : {"x", "y"}
    """
    powers = 10 ** np.arange(int(np.log10(max(last_epoch, 1))) + 1)
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    (axes.set_xlim if which == "x" else axes.set_ylim)(EPOCH_ZERO, max(last_epoch, 1))
    end = [last_epoch] if last_epoch >= 3 * powers[-1] else []  # nearer, the labels would run into each other
    axis.set_major_locator(FixedLocator([EPOCH_ZERO, *powers, *end]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value == EPOCH_ZERO else f"{value:g}"))
    (axes.set_xlabel if which == "x" else axes.set_ylabel)("epoch")


def mark_perfect_fitting(
    axes: Axes, epoch: int | None, label: str | None = "perfect fitting", color: object = "0.35"
) -> None:
    """Draw a vertical line where training error is first zero, if it ever is."""
    if epoch is not None:
        axes.axvline(epoch_position(np.array(epoch)).item(), color=color, linestyle=":", linewidth=1.2, label=label)
