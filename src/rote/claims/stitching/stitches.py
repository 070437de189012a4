"""Claims on the accuracy of stitched networks (paper 3, Fig. 2): S4 to S6.

A stitch that is trained can repair a representation by itself. So what noise costs is told against a clean front of
another seed, and what a clean front gains against random fronts, the tail's own front, and a random tail.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rote.claims.intervals import Interval, over_seeds
from rote.claims.measured import Measured
from rote.claims.stitching.slopes import bend, slope_through_zero
from rote.claims.verdicts import Claim

PAPER, LEFT, RIGHT = "stitching", "Fig. 2 left", "Fig. 2 right"
FITTED = 0.99  # of the training labels: the precondition of every claim on memorized networks
MARGIN = 0.02  # of test accuracy: what the paper calls no substantial drop

Pivoted = pd.DataFrame  # of one repetition: a row for each share of noise, a column for each quantity
Statistic = Callable[[Pivoted], float]

LEAST_FITTED = Claim(
    "S0.fitted",
    PAPER,
    "Noisy networks fit their labels: what follows is of networks that memorize.",
    "training accuracy at the last epoch, as labelled, the least over shares of noise",
    "precondition",
    lower=FITTED,
    control="none: a precondition",
)


def on_fitting(history: pd.DataFrame, noisy: pd.DataFrame) -> Iterator[Measured]:
    """Whether noisy networks have fitted their labels.

    Parameters
    ----------
    history : DataFrame
        HISTORY of the noisy runs, with ``run``.
    noisy : DataFrame
        ``repetition`` and ``run`` of each noisy network.

    Yields
    ------
    Measured
    """
    train = history[history["subset"] == "train"].sort_values("epoch")
    last = 1 - train.groupby("run", observed=True)["error"].last()
    least = noisy.assign(accuracy=noisy["run"].map(last.to_dict())).groupby("repetition")["accuracy"].min()
    yield Measured(LEAST_FITTED, over_seeds(least.to_numpy(np.float64), unit="repetitions"))


def on_stitches(stitches: pd.DataFrame) -> Iterator[Measured]:
    """Claims S4 to S6.

    Parameters
    ----------
    stitches : DataFrame
        STITCHES of all tails of an experiment, with ``repetition``; three cuts or more, in order of depth: the first,
        the one at half depth, the last but one and the last stand for the paper's 1 to 4.

    Yields
    ------
    Measured
    """
    rows = stitches.astype(dict.fromkeys(("repetition", "cut", "front_role", "tail_role"), str))
    cuts = list(dict.fromkeys(rows["cut"]))
    if len(cuts) < 3:
        return
    half, late = cuts[(len(cuts) - 1) // 2], cuts[-2]
    at = {cut: [_pivoted(of) for _, of in rows[rows["cut"] == cut].groupby("repetition")] for cut in cuts}
    yield from _drops(at, cuts[0], half, late, cuts[-1])
    yield from _gains(at, cuts)
    yield Measured(
        Claim(
            "S6",
            PAPER,
            "At half depth a clean front helps a noisy network more than a noisy front harms a clean one.",
            f"gain after controls − drop at {half}, mean over shares of noise",
            RIGHT,
            lower=0,
            control="a random tail behind the clean front, in place of the noisy one",
        ),
        _over(at[half], lambda one: float((_net_gain(one) - _drop(one)).mean())),
        _over(at[half], lambda one: float((_net_gain(one, "clean_untrained") - _drop(one)).mean())),
    )


def _pivoted(rows: pd.DataFrame) -> Pivoted:
    """Accuracies of one repetition at one cut by share of noise; controls that know none stand in every row."""
    of = dict(iter(rows.groupby(["front_role", "tail_role"])))
    noisy = of["noisy", "clean"].set_index("noise")["accuracy"].rename("noisy_clean").to_frame()
    for pair, column in (("clean", "clean_noisy"), ("untrained", "untrained_noisy"), ("self", "self_noisy")):
        noisy[column] = of[pair, "noisy"].set_index("noise")["accuracy"]
    noisy["noisy"] = of["clean", "noisy"].set_index("noise")["tail_accuracy"]
    for (front, tail), column in (
        (("second_clean", "clean"), "second_clean"),
        (("untrained", "clean"), "untrained_clean"),
        (("clean", "untrained"), "clean_untrained"),
    ):
        noisy[column] = of[front, tail]["accuracy"].item()
    noisy["clean"] = of["second_clean", "clean"]["tail_accuracy"].item()
    return noisy.sort_index()


def _drop(one: Pivoted) -> "pd.Series[float]":
    """What noise in front costs the clean network, by share of noise."""
    return one["second_clean"] - one["noisy_clean"]


def _gain(one: Pivoted) -> "pd.Series[float]":
    """What a clean front gives the noisy network beyond a random front, by share of noise."""
    return one["clean_noisy"] - one["noisy"] - (one["untrained_noisy"] - one["noisy"]).clip(lower=0)


def _net_gain(one: Pivoted, stitched: str = "clean_noisy") -> "pd.Series[float]":
    """The same beyond the best control: the network as it is, a random front, its own front with a trained stitch."""
    return one[stitched] - one[["noisy", "untrained_noisy", "self_noisy"]].max(axis=1)


def _slope_of_drop(one: Pivoted) -> float:
    return slope_through_zero(_shares(one), np.asarray(_drop(one), np.float64))


def _random_slope(one: Pivoted) -> float:
    """Slope that a random front would give if it were the network of the largest share of noise."""
    return float((one["second_clean"] - one["untrained_clean"]).iloc[-1] / _shares(one)[-1])


def _shares(one: Pivoted) -> NDArray[np.float64]:
    return one.index.to_numpy(np.float64)


def _over(repetitions: list[Pivoted], statistic: Statistic) -> Interval:
    """Mean of a statistic over repetitions."""
    return over_seeds(np.array([statistic(one) for one in repetitions]), unit="repetitions")


def _drops(at: dict[str, list[Pivoted]], first: str, half: str, late: str, last: str) -> Iterator[Measured]:
    """S4: a noisy front in a clean network."""
    for name, cut in (("S4.first", first), ("S4.half", half)):
        yield Measured(
            Claim(
                name,
                PAPER,
                "Early layers of a noisy network before the rest of a clean one cost little accuracy.",
                f"accuracy of [second clean → clean] − [noisy → clean] at {cut}, mean over shares of noise",
                LEFT,
                upper=MARGIN,
                control="a random front in place of the noisy one",
            ),
            _over(at[cut], lambda one: float(_drop(one).mean())),
            _over(at[cut], lambda one: float((one["second_clean"] - one["untrained_clean"]).mean())),
        )
    slopes = "slope through 0 of [second clean → clean] − [noisy → clean] on the share of noise"
    yield Measured(
        Claim(
            "S4.slope",
            PAPER,
            "Late layers cost more, the more noise there was.",
            f"{slopes}, at {late}",
            LEFT,
            lower=0,
            control="none: the clean front of another seed stands in the statistic",
        ),
        _over(at[late], _slope_of_drop),
    )
    yield Measured(
        Claim(
            "S4.slope_last",
            PAPER,
            "The last layers cost more, the more noise there was.",
            f"{slopes}, at {last}: there the stitch and a linear head act alone",
            LEFT,
            lower=0,
            control="a random front, as if it were the network of the largest share",
        ),
        _over(at[last], _slope_of_drop),
        _over(at[last], _random_slope),
    )
    for name, deep, shallow in (("S4.order", late, half), ("S4.order_last", last, late)):
        steeper = [
            _slope_of_drop(one) - _slope_of_drop(other) for one, other in zip(at[deep], at[shallow], strict=True)
        ]
        yield Measured(
            Claim(
                name,
                PAPER,
                "The cost of noise grows with the depth of the cut.",
                f"difference of slopes, at {deep} − at {shallow}",
                LEFT,
                lower=0,
                control="none: the shallower cut is the control of the deeper one",
            ),
            over_seeds(np.array(steeper), unit="repetitions"),
        )
    yield Measured(
        Claim(
            "S4.linear",
            PAPER,
            "The cost of noise in late layers is proportional to its share.",
            f"what a square adds to the line through 0 at the largest share, at {late}",
            LEFT,
            lower=-0.05,
            upper=0.05,
        ),
        _over(at[late], lambda one: bend(_shares(one), np.asarray(_drop(one), np.float64))),
    )
    yield Measured(
        Claim(
            "S4.front",
            PAPER,
            "Late layers of a noisy network serve a clean one better than random layers do (control of S4).",
            f"accuracy of [noisy → clean] − [random → clean] at {late}, mean over shares of noise",
            LEFT,
            lower=0,
            control="none: a random front is the control",
        ),
        _over(at[late], lambda one: float((one["noisy_clean"] - one["untrained_clean"]).mean())),
    )


def _gains(at: dict[str, list[Pivoted]], cuts: list[str]) -> Iterator[Measured]:
    """S5: a clean front in a noisy network."""
    yield Measured(
        Claim(
            "S5.first",
            PAPER,
            "The first layers of a clean network do not help a noisy one.",
            f"accuracy of [clean → noisy] − noisy network − what a random front gains, at {cuts[0]}, mean over shares",
            RIGHT,
            lower=-MARGIN,
            upper=MARGIN,
        ),
        _over(at[cuts[0]], lambda one: float(_gain(one).mean())),
    )
    for number, cut in enumerate(cuts[1:], 2):
        yield Measured(
            Claim(
                f"S5.gain_{number}",
                PAPER,
                "From half depth on, the front of a clean network helps a noisy one.",
                f"accuracy of [clean → noisy] − the best of the noisy network, [random → noisy] and the noisy network "
                f"stitched to itself by true labels, at {cut}, mean over shares of noise",
                RIGHT,
                lower=0,
                control="a random tail behind the clean front",
            ),
            _over(at[cut], lambda one: float(_net_gain(one).mean())),
            _over(at[cut], lambda one: float(_net_gain(one, "clean_untrained").mean())),
        )
    for name, cut in (("S5.reaches", cuts[-2]), ("S5.reaches_last", cuts[-1])):
        yield Measured(
            Claim(
                name,
                PAPER,
                "With late layers of a clean network a noisy one is as accurate as the clean one.",
                f"accuracy of [clean → noisy] − clean network at {cut}, mean over shares of noise",
                RIGHT,
                lower=-MARGIN,
                control="a random tail behind the clean front",
            ),
            _over(at[cut], partial(_behind_clean, stitched="clean_noisy")),
            _over(at[cut], partial(_behind_clean, stitched="clean_untrained")),
        )


def _behind_clean(one: Pivoted, stitched: str) -> float:
    return float((one[stitched] - one["clean"]).mean())


def on_similarity(similarity: pd.DataFrame) -> Iterator[Measured]:
    """Claim S8.

    Parameters
    ----------
    similarity : DataFrame
        STITCHED_CKA of all tails of an experiment, with ``repetition``.

    Yields
    ------
    Measured
    """
    rows = similarity[similarity["tail_role"] == "noisy"].astype({"repetition": str, "front_role": str})

    def beyond_random(front: str) -> Interval:
        means = rows.groupby(["repetition", "front_role"])["cka"].mean().unstack()
        return over_seeds(np.asarray(means[front] - means["untrained"], np.float64), unit="repetitions")

    if len(rows):
        yield Measured(
            Claim(
                "S8",
                PAPER,
                "Behind the front of a clean network the later layers of a noisy one resemble those of the clean one.",
                "CKA with the clean network's layers of [clean → noisy] − of [random → noisy], mean over layers behind "
                "the cut, cuts and shares of noise",
                "supplement",
                lower=0,
                control="the noisy network stitched to itself by true labels, in place of the clean front",
            ),
            beyond_random("clean"),
            beyond_random("self"),
        )
