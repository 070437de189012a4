"""What `snakemake verify` computes again."""

from dataclasses import dataclass, field

from rote.config.bounds import Count, NonNegative, ProperShare, Share, Whole


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Differences up to which what was computed again agrees with what is on record."""

    values: NonNegative = 1.0e-6
    """Of a number, relative to its size where that is above 1; all else must be equal."""
    counts: Share = 0.01
    """Share of a certificate's draws whose predicted class may differ on another kind of processor; on the same
    none may."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What `snakemake verify` computes again; nothing else depends on it."""

    draw: Whole = 0
    """Number of the random sample; another number draws another one."""
    seconds: NonNegative = 600.0
    """Jobs without a GPU are done again in full, as many as took this time in sum; a run is trained again where one
    training took no longer."""
    networks: Whole = 1
    """Runs that are trained again, whole, and as many stacks of runs; a run four times on another kind of processor, a
    stack not at all."""
    stacks: Whole = 1
    """Stacks of memorization trials, trained together, of each estimate."""
    classes: Whole = 3
    """Density models fitted again, each of one class."""
    maps: Whole = 2
    """Runs of whose epoch×epoch maps entries are computed again."""
    epochs: Count = 20
    """Epochs of such a map that are compared again, every two of them."""
    bins: Whole = 2
    """Density bins of which examples are certified again."""
    certificates: Count = 20
    """Examples of such a bin."""
    level: ProperShare = 0.001
    """Probability with which honest trials, or an honest run, that another kind of processor made are refused."""
    tolerance: Agreement = field(default_factory=Agreement)
    """Differences up to which what was computed again agrees with what is on record."""
