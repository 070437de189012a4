"""Findings as the table of claims."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import pyarrow as pa

from rote import tables
from rote.claims.verdicts import Finding
from rote.job import Job
from rote.tables.claims import CLAIMS


def write_findings(findings: Sequence[Finding], output: Path, job: Job) -> None:
    """Write findings as a CLAIMS table, in their order.

    Parameters
    ----------
    findings : sequence of Finding
    output : Path
    job : Job

    Raises
    ------
    TableError
        If a text or a number that every finding has is missing.
    """
    rows = [_row(finding) for finding in findings]
    columns = {
        column.name: pa.array([row[column.name] for row in rows], column.type, from_pandas=True)
        for column in CLAIMS.columns
    }
    tables.write(output, CLAIMS, columns, job.recorded())


def _row(finding: Finding) -> dict[str, str | float | int | None]:
    claim, found, control = finding.claim, finding.interval, finding.control
    return {
        "claim": claim.name,
        "paper": claim.paper,
        "statement": claim.statement,
        "statistic": claim.statistic,
        "scope": finding.scope,
        "unit": claim.unit,
        "lower": claim.lower if isfinite(claim.lower) else None,
        "upper": claim.upper if isfinite(claim.upper) else None,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "confidence": found.confidence,
        "n_units": found.n_units,
        "units": found.unit,
        "control": claim.control,
        "control_estimate": control.estimate if control else None,
        "control_low": control.low if control else None,
        "control_high": control.high if control else None,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "figure": claim.figure,
    }
