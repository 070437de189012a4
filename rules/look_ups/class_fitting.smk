# What the rules of ../class_fitting.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def reduction_of(run):
    """Set, taps and dimensions of a run whose classes are modelled."""
    name = config["class_fitting"]["runs"][run]
    return config["class_fitting"]["reductions"][name]


def class_taps(run):
    """Dimensions that the taps of a run keep, by tap, in order of depth."""
    return reduction_of(run)["taps"]


def compared_taps(run):
    """Taps of a run at which classes are compared with one another."""
    return reduction_of(run)["compared"]


def run_feature_vectors(wildcards):
    """The set of feature vectors that is reduced."""
    name = reduction_of(wildcards.run)["representations"]
    return result(f"representations/{name}/{wildcards.run}.parquet")


def all_class_taps():
    """Every tap at which some run's classes are modelled."""
    return sorted(
        {tap for run in config["class_fitting"]["runs"] for tap in class_taps(run)}
    )


def run_taps(wildcards):
    return list(class_taps(wildcards.run))


def run_compared_taps(wildcards):
    return compared_taps(wildcards.run)


def tap_dimensions(wildcards):
    return class_taps(wildcards.run)[wildcards.tap]


def tap_name(wildcards):
    return wildcards.tap


def density_protocols():
    return list(config["class_fitting"]["protocols"])


def density_options(wildcards):
    """Options of a protocol's density models."""
    options = config["class_fitting"]["protocols"][wildcards.protocol]
    return {"protocol": wildcards.protocol, **options}


def discarded_sweeps(wildcards):
    return config["class_fitting"]["sampler"]["n_discarded"]


def of_models(table, taps):
    """A table of each protocol and tap of a run."""

    def of_run(wildcards):
        return [
            result(f"class_fitting/{wildcards.run}/{tap}/{protocol}/{table}.parquet")
            for protocol in density_protocols()
            for tap in taps(wildcards)
        ]

    return of_run


def run_variances(wildcards):
    return expand(
        result("class_fitting/{run}/{tap}/variance.parquet"),
        run=wildcards.run,
        tap=run_taps(wildcards),
    )


def seed_comparison(wildcards):
    return config["class_fitting"]["comparisons"][wildcards.seeds]


def seed_runs(wildcards):
    return seed_comparison(wildcards)["runs"]


def seed_titles(wildcards):
    """Titles of the runs that differ in their seed, in their order."""
    return {run: config["runs"][run]["title"] for run in seed_runs(wildcards)}


def seed_title(wildcards):
    return seed_comparison(wildcards)["title"]


def seed_taps(wildcards):
    """Taps at which all runs of a comparison are modelled, those of the first one in order."""
    first, *others = seed_runs(wildcards)
    return [
        tap
        for tap in class_taps(first)
        if all(tap in class_taps(run) for run in others)
    ]


def of_seeds(table):
    """A table of every run of a comparison, protocol and tap."""

    def of_comparison(wildcards):
        return [
            result(f"class_fitting/{run}/{tap}/{protocol}/{table}.parquet")
            for run in seed_runs(wildcards)
            for protocol in density_protocols()
            for tap in seed_taps(wildcards)
        ]

    return of_comparison


def density_threads():
    return config["class_fitting"]["processes"]
