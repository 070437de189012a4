"""Low- and high-density classes: the largest gap between mean log densities, and how decisive it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rote import tables
from rote.density.gap import GROUP_SHARE, agreement, gap_test, largest_gap
from rote.job import Job
from rote.tables.density import CLASS_DENSITIES, GAPS, GROUPS


def find_groups(
    *,
    class_densities: Path,
    gaps: Path,
    groups: Path,
    test: Mapping[str, Any],
    job: Job,
) -> None:
    """Part classes at the largest gap, with all chains together and with each alone.

    Parameters
    ----------
    class_densities : Path
        CLASS_DENSITIES table.
    gaps, groups : Path
        GAPS and GROUPS tables to write.
    test : mapping
        ``n_samples`` of the unimodal null and ``least_share``, see `rote.density.gap.gap_test`.
    job : Job

    Raises
    ------
    DataError, TableError
        If there are fewer than two classes, or the table cannot be read. Two classes are parted with a p-value of 1.
    """
    table = tables.read(class_densities, CLASS_DENSITIES)
    chain = np.array([-1 if value is None else value for value in table["chain"].to_pylist()])
    label, mean = np.asarray(table["class"]), np.asarray(table["mean_log_density"])
    order = np.argsort(label[chain == -1])
    labels = label[chain == -1][order]
    least_share, n_samples = test["least_share"], test["n_samples"]
    pooled = largest_gap(mean[chain == -1][order], least_share)
    rows, support = [], np.zeros(len(labels))
    numbers = np.unique(chain)
    for number in numbers:
        means = mean[chain == number][np.argsort(label[chain == number])]
        split = largest_gap(means, least_share)
        draws = job.generator("unimodal null", int(number) + 1)
        null = gap_test(means, draws, n_samples=n_samples, least_share=least_share)
        group_null = gap_test(means, draws, n_samples=n_samples, least_share=GROUP_SHARE)
        agreed = agreement(split.groups, pooled.groups)
        support += (split.groups == pooled.groups) & (number >= 0)
        rows.append(
            {
                "chain": None if number < 0 else int(number),
                "threshold": split.threshold,
                "gap": split.gap,
                "range": float(np.ptp(means)),
                "p_value": null.p_value,
                "p_value_standard_error": null.standard_error,
                "group_p_value": group_null.p_value,
                "n_low": split.sizes[0],
                "n_high": split.sizes[1],
                "agreement": agreed.share,
                "kappa": agreed.kappa,
            }
        )
    recorded = job.recorded(test=dict(test), options=tables.provenance(class_densities)["options"])
    tables.write(gaps, GAPS, {name: [row[name] for row in rows] for name in rows[0]}, recorded)
    columns = {"class": labels, "group": pooled.groups.tolist(), "support": support / (len(numbers) - 1)}
    tables.write(groups, GROUPS, columns, recorded)
