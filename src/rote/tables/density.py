"""Tables of density models: how the representations of each class are distributed.

One set of tables belongs to a run, a tap and a protocol; these stand in the provenance.
"""

import pyarrow as pa

from rote.tables import Column, Schema

CLASS = Column("class", pa.int16(), "number of the class")
EXAMPLE = Column("example", pa.int32(), "number of the example within the training split")
CHAIN = Column("chain", pa.int32(), "number of the Markov chain")
CHAIN_OR_ALL = Column(
    "chain", pa.int32(), "number of the Markov chain; null for the pooled chains together", nullable=True
)
SWEEP = Column("sweep", pa.int32(), "sweeps of the sampler over the class's examples")
CONCENTRATION = Column("concentration", pa.float64(), "concentration α of the Dirichlet process")
N_COMPONENTS = Column("n_components", pa.int32(), "number of components that hold an example")
LOG_JOINT = Column("log_joint", pa.float64(), "log joint density of data, assignments and concentration", "nat")
N_EXAMPLES = Column("n_examples", pa.int32(), "number of the class's examples")
RELATIVE_ENTROPY = Column("relative_entropy", pa.float64(), "Kullback-Leibler divergence", "nat")
DRAWS = Column("draws", pa.int64(), "number of draws that the estimate rests on")
REACHED = Column("reached", pa.bool_(), "whether the standard error is as small as was asked for")

POSTERIOR_SAMPLES = Schema(
    "posterior_samples",
    (
        CLASS,
        CHAIN,
        SWEEP,
        CONCENTRATION,
        Column("assignments", pa.list_(pa.int16()), "component of each of the class's examples, in their order"),
    ),
)

TRACES = Schema("traces", (CLASS, CHAIN, SWEEP, LOG_JOINT, N_COMPONENTS, CONCENTRATION))

DIAGNOSTICS = Schema(
    "diagnostics",
    (
        CLASS,
        Column("quantity", pa.string(), "what is followed: log_joint, n_components or concentration"),
        Column("mean", pa.float64(), "mean over the kept sweeps of all chains"),
        Column("deviation", pa.float64(), "standard deviation over the kept sweeps of all chains"),
        Column(
            "r_hat", pa.float64(), "rank-normalised split R-hat; null where no half of a chain varies", nullable=True
        ),
        Column("effective_sample_size", pa.float64(), "bulk effective sample size; null as for r_hat", nullable=True),
        Column("converged", pa.bool_(), "whether the chains agree: R-hat at most 1.1, or all traces equal"),
    ),
)

EXAMPLE_DENSITIES = Schema(
    "example_densities",
    (EXAMPLE, CLASS, Column("log_density", pa.float64(), "class-conditional log density of the example", "nat")),
)

CLASS_DENSITIES = Schema(
    "class_densities",
    (
        CLASS,
        CHAIN_OR_ALL,
        N_EXAMPLES,
        Column("mean_log_density", pa.float64(), "mean log density of the class's examples", "nat"),
        Column("log_density_deviation", pa.float64(), "standard deviation of the log densities over examples", "nat"),
        Column("standard_error", pa.float64(), "standard error of the mean over examples"),
    ),
)

COMPLEXITIES = Schema(
    "complexities",
    (
        CLASS,
        RELATIVE_ENTROPY,
        Column("standard_error", pa.float64(), "standard error of the relative entropy over draws"),
        Column("chain_deviation", pa.float64(), "standard deviation over chains; null for one", "nat", nullable=True),
        DRAWS,
        REACHED,
        Column("intra_class_distance", pa.float64(), "mean distance between two examples of the class"),
        Column("distance_deviation", pa.float64(), "standard deviation of that distance over pairs of examples"),
    ),
)

CLASS_DIVERGENCES = Schema(
    "class_divergences",
    (
        CLASS,
        Column("other_class", pa.int16(), "class whose density model is the reference q of KL(p || q)"),
        RELATIVE_ENTROPY,
        Column("standard_error", pa.float64(), "standard error over draws"),
        DRAWS,
        REACHED,
    ),
)

GAPS = Schema(
    "gaps",
    (
        CHAIN_OR_ALL,
        Column("threshold", pa.float64(), "centre of the largest gap between sorted mean log densities", "nat"),
        Column("gap", pa.float64(), "width of the largest gap", "nat"),
        Column("range", pa.float64(), "largest minus smallest mean log density", "nat"),
        Column("p_value", pa.float64(), "share of unimodal null samples whose largest gap is at least as wide"),
        Column("p_value_standard_error", pa.float64(), "Monte Carlo standard error of the p-value"),
        Column("group_p_value", pa.float64(), "the same for gaps with a tenth of the classes or more on each side"),
        Column("n_low", pa.int32(), "number of classes below the threshold"),
        Column("n_high", pa.int32(), "number of classes above the threshold"),
        Column("agreement", pa.float64(), "share of classes in the same group as with all chains together"),
        Column("kappa", pa.float64(), "Cohen's kappa of that agreement: beyond what these group sizes give by chance"),
    ),
)

GROUPS = Schema(
    "groups",
    (
        CLASS,
        Column("group", pa.string(), "low_density or high_density: the class's side of the largest gap"),
        Column("support", pa.float64(), "share of chains that put the class into this group"),
    ),
)

GROUP_AGREEMENTS = Schema(
    "group_agreements",
    (
        Column("run", pa.string(), "run whose classes are grouped"),
        Column("other_run", pa.string(), "run of another seed, whose grouping of the same classes is compared"),
        Column("protocol", pa.string(), "protocol of both runs' density models"),
        Column("tap", pa.string(), "layer whose output is the representation"),
        Column("agreement", pa.float64(), "share of classes in the same group in both runs"),
        Column("kappa", pa.float64(), "Cohen's kappa; null where both runs have the same one group", nullable=True),
        Column(
            "rank_correlation",
            pa.float64(),
            "Spearman's rank correlation of the mean log densities; null where all classes of a run are equal",
            nullable=True,
        ),
        Column(
            "rank_correlation_low",
            pa.float64(),
            "its 5 % bootstrap quantile over classes; null as it is",
            nullable=True,
        ),
        Column(
            "rank_correlation_high",
            pa.float64(),
            "its 95 % bootstrap quantile over classes; null as it is",
            nullable=True,
        ),
        Column("n_classes", pa.int32(), "number of classes"),
    ),
)

SUBSET = Column("subset", pa.string(), "memorized, random or typical: which examples")
PRIOR = Column("prior", pa.bool_(), "whether the classes' frequencies enter as p(C)")

EXAMPLE_SUBSETS = Schema("example_subsets", (SUBSET, EXAMPLE))

GENERATIVE_PREDICTIONS = Schema(
    "generative_predictions",
    (
        SUBSET,
        PRIOR,
        EXAMPLE,
        CLASS,
        Column("predicted_class", pa.int16(), "most probable class by density models fitted without the subset"),
    ),
)

GENERATIVE_SCORES = Schema(
    "generative_scores",
    (
        SUBSET,
        PRIOR,
        Column("f_score", pa.float64(), "F-score, mean over the classes that are present or predicted"),
        Column("standard_error", pa.float64(), "bootstrap standard error of the F-score over examples"),
        Column("accuracy", pa.float64(), "share of the examples that are given their class"),
        Column("n_examples", pa.int32(), "number of the subset's examples"),
    ),
)

SUBSET_DIVERGENCES = Schema("subset_divergences", (SUBSET, *CLASS_DIVERGENCES.columns))
