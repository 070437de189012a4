"""What a paper claims, as a statistic that must lie in a region, and what the measured interval says of it.

A claim *agrees* if the whole interval lies in the region, *disagrees* if the whole interval lies outside it, and is
*undecided* otherwise. So "no difference" is a test of equivalence (a region of a stated margin about 0: the interval
inside it is two one-sided tests, each at half of one minus the confidence), and a wide interval decides nothing. A
claim that its control meets too says nothing about its cause, and is undecided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Literal

from rote.claims.intervals import Interval
from rote.errors import ConfigError

Verdict = Literal["agrees", "disagrees", "undecided"]
FEWEST = 4  # units from which an interval may decide a claim


@dataclass(frozen=True)
class Claim:
    """One claim of a paper, or one part of it, with what would count as agreement.

    Attributes
    ----------
    name : str
        Its number in the study's specification, ``C4``; a part of a claim has the part after a full stop.
    paper : str
        The study: geometry, stitching, and so on.
    statement : str
        What the paper says, in our words.
    statistic : str
        What is estimated.
    figure : str
        Where the paper shows it.
    lower, upper : float
        The open region in which the statistic must lie.
    unit : str
        Of the statistic; '' for none.
    control : str
        On what the statistic is estimated again although the claim should not hold there; or why there is none.

    Raises
    ------
    ConfigError
        If the region is empty, or all numbers lie in it.
    """

    name: str
    paper: str
    statement: str
    statistic: str
    figure: str
    lower: float = -inf
    upper: float = inf
    unit: str = ""
    control: str = "none"

    def __post_init__(self) -> None:
        if not self.lower < self.upper or (self.lower, self.upper) == (-inf, inf):
            raise ConfigError(
                f"claim {self.name}: nothing could speak against a statistic between {self.lower} and {self.upper}. "
                "Give a bound: lower, upper, or both."
            )

    @property
    def region(self) -> str:
        """The region in words."""
        if isfinite(self.lower) and isfinite(self.upper):
            return f"between {self.lower:g} and {self.upper:g}"
        return f"above {self.lower:g}" if isfinite(self.lower) else f"below {self.upper:g}"

    def place(self, interval: Interval) -> Verdict:
        """Where an interval lies, its control left aside: inside the region, outside, or across a bound."""
        if self.lower < interval.low and interval.high < self.upper:
            return "agrees"
        if interval.high <= self.lower or interval.low >= self.upper:
            return "disagrees"
        return "undecided"  # NaN compares as false


@dataclass(frozen=True)
class Finding:
    """A claim with what was measured.

    Attributes
    ----------
    claim : Claim
    scope : str
        Which networks and data it was measured on.
    interval : Interval
    control : Interval or None
    verdict : {"agrees", "disagrees", "undecided"}
    reason : str
        Why the verdict is what it is, in a sentence.
    """

    claim: Claim
    scope: str
    interval: Interval
    control: Interval | None
    verdict: Verdict
    reason: str


def judge(claim: Claim, scope: str, interval: Interval, control: Interval | None = None) -> Finding:
    """Hold a measured interval, and its control's, against a claim.

    Parameters
    ----------
    claim : Claim
    scope : str
        Which networks and data it was measured on.
    interval : Interval
    control : Interval, optional
        Of the same statistic where the claim should not hold.

    Returns
    -------
    Finding
    """

    def found(verdict: Verdict, reason: str) -> Finding:
        return Finding(claim, scope, interval, control, verdict, reason)

    if isnan(interval.estimate):
        return found("undecided", "The statistic is not defined here.")
    if interval.n_units < FEWEST:
        return found("undecided", f"{interval.n_units} {interval.unit} cannot decide it: {FEWEST} or more can.")
    place, spread = claim.place(interval), f"The interval [{interval.low:.3g}, {interval.high:.3g}]"
    if place == "disagrees":
        return found(place, f"{spread} lies outside: {claim.region} was claimed.")
    if place == "undecided":
        return found(place, f"{spread} reaches across a bound: {claim.region} was claimed.")
    if control is not None and claim.place(control) == "agrees":
        return found("undecided", f"{spread} lies {claim.region}, and so does the control's ({claim.control}).")
    return found(place, f"{spread} lies {claim.region}.")


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Verdict on a claim of several parts: one that disagrees decides, and all must agree."""
    distinct = set(verdicts)
    if "disagrees" in distinct:
        return "disagrees"
    return "agrees" if distinct == {"agrees"} else "undecided"
