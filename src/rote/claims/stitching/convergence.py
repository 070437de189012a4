"""Claims on how layers converge under label noise (paper 3, Figs 1 and 3): S1 to S3, S7."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from rote.claims.intervals import Interval, over_seeds
from rote.claims.measured import Measured
from rote.claims.stitching.slopes import slope
from rote.claims.verdicts import Claim
from rote.tables.training import EPOCH_ZERO

PAPER = "stitching"
EARLY = 0.25  # of training: epoch 50 of the paper's 200
PER = 0.5  # share of noise that slopes are told for

Rows = pd.DataFrame
Statistic = Callable[[Rows], float]


def on_settling(settling: pd.DataFrame) -> Iterator[Measured]:
    """Claims S1 to S3.

    Parameters
    ----------
    settling : DataFrame
        SETTLING of all networks of an experiment, with ``repetition``, ``into``, ``role`` and ``noise``; taps in order
        of depth.

    Yields
    ------
    Measured
    """
    rows = settling.astype({"tap": str, "repetition": str})
    taps = list(dict.fromkeys(rows["tap"]))
    for reading in ("settled_epoch", "relative_settled_epoch"):
        says = "" if reading == "settled_epoch" else ", relative to epoch 0"
        for name, role, of in (("S1.clean", "clean", "clean networks"), ("S1.noisy", "noisy", "all shares of noise")):
            yield Measured(
                Claim(
                    name if not says else f"{name}_relative",
                    PAPER,
                    "Early layers converge before late ones.",
                    f"Kendall's τ of depth and the epoch from which a layer has settled{says}, mean over {of}",
                    "Fig. 1",
                    lower=0,
                    control="none: a rank correlation has its own",
                ),
                _over(rows[rows["role"] == role], partial(_mean_tau, reading=reading, taps=taps)),
            )
    yield Measured(
        Claim(
            "S2.slope",
            PAPER,
            "When early layers converge does not depend on noise.",
            "slope of log10 of the settled epoch on the share of noise, per 50 %, mean over the first two layers",
            "Fig. 1",
            lower=-0.2,
            upper=0.2,
        ),
        _over(rows, lambda of: _slope_of_settling(of, taps[:2])),
    )
    yield Measured(
        Claim(
            "S2.area",
            PAPER,
            "How early layers converge depends on noise less than on the seed.",
            "largest difference over shares of noise of the area under 1 − CKA from the clean network's − that of the "
            "second clean network, mean over the first two layers",
            "Fig. 1",
            upper=0,
            control="none: the second clean network is the control",
        ),
        _over(rows, lambda of: _excess_area(of, taps[:2])),
    )
    yield Measured(
        Claim(
            "S3",
            PAPER,
            "Deep layers converge later, the more noise there is.",
            "slope of log10 of the settled epoch on the share of noise, per 50 %, mean over the last two layers",
            "Fig. 1",
            lower=0,
            control="the first two layers",
        ),
        _over(rows, lambda of: _slope_of_settling(of, taps[-2:])),
        _over(rows, lambda of: _slope_of_settling(of, taps[:2])),
    )


def on_drift(cka: pd.DataFrame) -> Iterator[Measured]:
    """Claims S7.

    Parameters
    ----------
    cka : DataFrame
        REFERENCE_CKA of all networks of an experiment, with ``repetition``, ``into``, ``role`` and ``noise``; taps in
        order of depth.

    Yields
    ------
    Measured
    """
    rows = cka[cka["reference"] == "clean"].astype({"tap": str, "repetition": str})
    taps = list(dict.fromkeys(cka["tap"].astype(str)))
    yield Measured(
        Claim(
            "S7.similar",
            PAPER,
            "Early in training all layers of a noisy network resemble those of the clean one.",
            "least over layers of CKA with the clean network at a quarter of training − that of the second clean "
            "network, mean over shares of noise",
            "Fig. 3",
            lower=-0.1,
            control="none: the second clean network is the control",
        ),
        _over(rows, lambda of: float((_by_tap(of, taps)[0]).min(axis=1).mean())),
    )
    yield Measured(
        Claim(
            "S7.depth",
            PAPER,
            "Later in training layers drift from the clean network, deep ones more.",
            "Kendall's τ of depth and the fall of CKA with the clean network from a quarter of training to its end, "
            "beyond the second clean network's, mean over shares of noise",
            "Fig. 3",
            lower=0,
            control="none: a rank correlation has its own",
        ),
        _over(rows, lambda of: _mean_tau_of_rows(_by_tap(of, taps)[1])),
    )
    yield Measured(
        Claim(
            "S7.noise",
            PAPER,
            "Deep layers drift more, the more noise there is.",
            "slope on the share of noise of this fall, per 50 %, mean over the last two layers",
            "Fig. 3",
            lower=0,
            control="the first two layers",
        ),
        _over(rows, lambda of: _slope_of_drift(_by_tap(of, taps)[1], taps[-2:])),
        _over(rows, lambda of: _slope_of_drift(_by_tap(of, taps)[1], taps[:2])),
    )


def _over(rows: Rows, statistic: Statistic) -> Interval:
    """Mean of a statistic over repetitions."""
    values = [statistic(of) for _, of in rows.groupby("repetition")]
    return over_seeds(np.array(values, dtype=np.float64), unit="repetitions")


def _mean_tau(rows: Rows, reading: str, taps: list[str]) -> float:
    """Mean over networks of Kendall's τ between depth and when layers settle; those that are null are left out."""
    depth = {tap: place for place, tap in enumerate(taps)}
    known = rows.dropna(subset=[reading])
    taus = [
        float(kendalltau(of["tap"].map(depth), of[reading].astype(float)).statistic)
        for _, of in known.groupby("into", observed=True)
    ]
    return float(np.mean(taus)) if taus else float("nan")


def _slope_of_settling(rows: Rows, taps: list[str]) -> float:
    """Slope on the share of noise of the log of the settled epoch, the clean network being the share 0."""
    ours = rows[rows["role"] != "second_clean"]
    slopes = [
        PER * slope(of["noise"].to_numpy(float), np.log10(of["settled_epoch"].to_numpy(float).clip(EPOCH_ZERO)))
        for _, of in _of_taps(ours, taps)
    ]
    return float(np.mean(slopes)) if len(slopes) == len(taps) else float("nan")


def _excess_area(rows: Rows, taps: list[str]) -> float:
    found = []
    for _, of in _of_taps(rows, taps):
        area = of.set_index("role")["area"]
        if not {"clean", "second_clean", "noisy"} <= set(area.index):
            return float("nan")
        clean = float(area["clean"])
        noisy = of.loc[of["role"] == "noisy", "area"]
        found.append(float((noisy - clean).abs().max()) - abs(float(area["second_clean"]) - clean))
    return float(np.mean(found)) if found else float("nan")


def _of_taps(rows: Rows, taps: list[str]) -> Iterator[tuple[str, Rows]]:
    for tap in taps:
        of = rows[rows["tap"] == tap]
        if len(of):
            yield tap, of


def _by_tap(rows: Rows, taps: list[str]) -> tuple[Rows, Rows]:
    """Similarity at a quarter of training and its fall to the end, both less the second clean network's.

    Of one repetition: a row for each share of noise, a column for each layer.
    """
    last = int(rows["epoch"].max())
    common = set.intersection(*(set(of["epoch"]) for _, of in rows.groupby("into", observed=True)))
    epochs = np.array(sorted(common))
    early = int(epochs[np.abs(epochs - EARLY * last).argmin()])
    wide = rows.pivot_table(index=["role", "noise"], columns=["epoch", "tap"], values="cka", observed=True)
    at_early, at_last = (pd.DataFrame(wide[epoch]).reindex(columns=taps) for epoch in (early, int(epochs[-1])))
    similar, fall = (
        pd.DataFrame(of.xs("noisy")) - of.xs("second_clean").iloc[0] for of in (at_early, at_early - at_last)
    )
    return similar.dropna(axis=1), fall.dropna(axis=1)


def _mean_tau_of_rows(fall: Rows) -> float:
    depth = np.arange(fall.shape[1])
    return float(np.mean([kendalltau(depth, of_share).statistic for of_share in fall.to_numpy()]))


def _slope_of_drift(fall: Rows, taps: list[str]) -> float:
    """Slope on the share of noise; without noise the fall beyond the second clean network's is 0."""
    shares = np.concatenate([[0.0], fall.index.to_numpy(float)])
    known = [tap for tap in taps if tap in fall.columns]
    slopes = [PER * slope(shares, np.concatenate([[0.0], fall[tap].to_numpy(float)])) for tap in known]
    return float(np.mean(slopes)) if slopes else float("nan")
