"""Certificates again: the radii of all from their counts, the counts of some by fresh passes of the network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rote import devices, tables
from rote.review.agreement import EQUALITY, EQUIVALENCE, Agreement, compared
from rote.review.kind import of_this_kind
from rote.review.recomputation import Recomputation
from rote.robustness.bounds import certified_radius
from rote.robustness.examples import Wanted, certify_examples
from rote.tables.robustness import CERTIFICATES

DEVIATIONS = 5  # of a difference of two counts of other noise


def review_radii(*, certificates: Path, table: str, certification: Mapping[str, Any], tolerance: float) -> Agreement:
    """Compute the predicted class and the radius of every certificate again from its count.

    Parameters
    ----------
    certificates : Path
        CERTIFICATES table.
    table : str
        What to call it.
    certification : mapping
        As in `rote.robustness.examples.certify_examples`.
    tolerance : float
        Of the radii; predicted classes must be equal.

    Returns
    -------
    Agreement

    Raises
    ------
    DataError, TableError, ConfigError
        If the table cannot be read, or a count cannot be.
    """
    recorded = tables.read(certificates, CERTIFICATES)
    standard_deviation, alpha = certification["standard_deviation"], certification["alpha"]
    radius = certified_radius(recorded["count"].to_numpy(), recorded["draws"].to_numpy(), standard_deviation, alpha)
    abstains = np.isnan(radius) | recorded["curtailed"].to_numpy(zero_copy_only=False)
    again = pa.table(
        {
            "predicted_class": pa.array(recorded["top_class"].to_numpy(), mask=abstains),
            "radius": pa.array(radius, mask=abstains),
            "noise_units": [certification["noise_units"]] * len(recorded),
        }
    )
    part = f"classes and radii of {len(recorded)} certificates"
    return compared("certificates", table, part, recorded.select(again.column_names), again, tolerance)


def review_counts(
    *,
    certificates: Path,
    table: str,
    examples: int,
    checkpoints: Path,
    images: Path,
    certification: Mapping[str, Any],
    tolerance: float,
    recomputation: Recomputation,
) -> Agreement:
    """Certify some examples again, drawn at random.

    Parameters
    ----------
    certificates : Path
        CERTIFICATES table.
    table : str
        What to call it.
    examples : int
        How many.
    checkpoints, images, certification
        As in `rote.robustness.examples.certify_examples`.
    tolerance : float
        Share of the draws that another kind of processor may predict otherwise; on the same kind none may be. On a GPU
        the same seed is other noise than on a CPU: between them five standard deviations of the difference of two
        counts are allowed.
    recomputation : Recomputation

    Returns
    -------
    Agreement
        Its difference is the largest of an example. Where two counts are of other classes it is the share of draws
        by which they exceed all draws together: classes of like counts may change places, others may not.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        As `rote.robustness.examples.certify_examples`.
    """
    recorded = tables.read(certificates, CERTIFICATES)
    job = recomputation.job
    chosen = np.sort(recomputation.draws.permutation(len(recorded))[:examples])
    recorded = recorded.take(chosen)
    path = recomputation.folder / "certificates.parquet"
    wanted = Wanted(checkpoints, recorded["example"].to_pylist(), path, job)
    certify_examples([wanted], images=images, certification=certification)
    again = tables.read(path, CERTIFICATES)
    equal = of_this_kind(certificates, job.device)
    same_noise = ("CPU" in tables.provenance(certificates)["device"]) == ("CPU" in devices.describe(job.device))
    shares = [rows["count"].to_numpy() / rows["draws"].to_numpy() for rows in (recorded, again)]
    other_class = recorded["top_class"].to_numpy() != again["top_class"].to_numpy()
    unlike = np.where(other_class, np.maximum(shares[0] + shares[1] - 1, 0), np.abs(shares[0] - shares[1]))
    if equal:
        tolerance, unlike = 0.0, np.where(other_class, np.inf, unlike)
    elif not same_noise:
        fewest = min(rows["draws"].to_numpy().min() for rows in (recorded, again))
        tolerance = max(tolerance, DEVIATIONS * (0.5 / fewest) ** 0.5)
    worst = float(unlike.max(initial=0))
    differing = [recorded["example"][int(place)].as_py() for place in np.flatnonzero(unlike > tolerance)]
    note = f"counts of examples {', '.join(map(str, differing))} differ" if differing else ""
    part = f"counts of examples {', '.join(map(str, recorded['example'].to_pylist()))}"
    tested = EQUALITY if equal else EQUIVALENCE
    return Agreement("certificates", table, part, len(recorded), worst, tolerance, note, tested)
