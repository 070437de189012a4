# What the rules of ../stitching.smk look up in the configuration: Snakemake's lint wants functions apart from rules.

UNTRAINED = "untrained"  # a tail and a front of random weights


def stitching_of(wildcards):
    return config["stitching"]["experiments"][wildcards.stitching]


def stitching_title(wildcards):
    return stitching_of(wildcards)["title"]


def repetition_of(wildcards):
    return stitching_of(wildcards)["repetitions"][wildcards.repetition]


def repetition_names():
    """Names of all repetitions, each once."""
    experiments = config["stitching"]["experiments"].values()
    return list(
        dict.fromkeys(name for one in experiments for name in one["repetitions"])
    )


def repetition_runs(repetition):
    """Runs of a repetition, the clean one first."""
    return [repetition["clean"], repetition["second_clean"], *repetition["noisy"]]


def stitched_half(run, role):
    """A network that gives a front or a tail, with its nominal share of random labels."""
    if run == UNTRAINED or role != "noisy":
        return {"run": run, "role": role, "noise": 0.0}
    fraction = config["labels"][config["runs"][run]["labels"]]["fraction"]
    return {"run": run, "role": role, "noise": float(fraction)}


def stitched_tail(wildcards):
    """The network whose tail it is."""
    run, repetition = wildcards.into, repetition_of(wildcards)
    if run == UNTRAINED:
        return stitched_half(run, "untrained")
    return stitched_half(run, "clean" if run == repetition["clean"] else "noisy")


def stitched_fronts(wildcards):
    """Networks whose fronts come before a tail, controls among them."""
    repetition, role = repetition_of(wildcards), stitched_tail(wildcards)["role"]
    clean = stitched_half(repetition["clean"], "clean")
    if role == "untrained":
        return [clean]
    controls = [
        stitched_half(wildcards.into, "self"),
        stitched_half(UNTRAINED, "untrained"),
    ]
    if role == "noisy":
        return [*controls, clean]
    second = stitched_half(repetition["second_clean"], "second_clean")
    return [
        *controls,
        second,
        *(stitched_half(run, "noisy") for run in repetition["noisy"]),
    ]


def stitched_runs(wildcards):
    """Runs whose networks a job opens; an untrained network is of the kind of the first."""
    halves = [stitched_tail(wildcards), *stitched_fronts(wildcards)]
    return list(
        dict.fromkeys(half["run"] for half in halves if half["run"] != UNTRAINED)
    )


def stitched_checkpoints(wildcards):
    return expand(
        result("runs/{run}/checkpoints.parquet"), run=stitched_runs(wildcards)
    )


def noisy_stitched_runs(wildcards):
    """Those of them that had random labels."""
    halves = [stitched_tail(wildcards), *stitched_fronts(wildcards)]
    return list(
        dict.fromkeys(half["run"] for half in halves if half["role"] == "noisy")
    )


def noisy_stitched_labels(wildcards):
    return [
        run_labels(SimpleNamespace(run=run)) for run in noisy_stitched_runs(wildcards)
    ]


def of_clean_run(look_up):
    """What is looked up of the clean run of a repetition, which all of its runs share."""

    def of_repetition(wildcards):
        return look_up(SimpleNamespace(run=repetition_of(wildcards)["clean"]))

    return of_repetition


def what_is_stitched(wildcards):
    run = config["runs"][repetition_of(wildcards)["clean"]]
    return {
        "tail": stitched_tail(wildcards),
        "fronts": stitched_fronts(wildcards),
        "cuts": stitching_of(wildcards)["cuts"],
        "recipe": config["stitching"]["recipe"],
        "subset": run.get("subset"),
    }


def tails_of(repetition):
    return [repetition["clean"], *repetition["noisy"], UNTRAINED]


def all_stitches(table):
    """Tables of the stitches of all repetitions of an experiment."""

    def of_experiment(wildcards):
        return [
            result(f"stitching/{wildcards.stitching}/{name}/{into}/{table}.parquet")
            for name, repetition in stitching_of(wildcards)["repetitions"].items()
            for into in tails_of(repetition)
        ]

    return of_experiment


def all_stitched():
    """Names of all networks of all repetitions, each once."""
    repetitions = [
        repetition
        for one in config["stitching"]["experiments"].values()
        for repetition in one["repetitions"].values()
    ]
    names = [name for one in repetitions for name in [*repetition_runs(one), UNTRAINED]]
    return list(dict.fromkeys(names))


def convergence_sets(run):
    """Sets of Gram rows by which convergence is measured, of a run."""
    return [
        one["representations"]
        for one in config["stitching"]["experiments"].values()
        if "representations" in one
        and any(run in repetition_runs(of) for of in one["repetitions"].values())
    ]


def experiments_with_convergence():
    experiments = config["stitching"]["experiments"]
    return [name for name, one in experiments.items() if "representations" in one]


def converging_rows(wildcards):
    """Gram rows of a network whose layers converge."""
    name = stitching_of(wildcards)["representations"]
    return result(f"representations/{name}/{wildcards.into}.parquet")


def clean_rows(wildcards):
    """Gram rows of the clean network, for all but itself."""
    name, clean = (
        stitching_of(wildcards)["representations"],
        repetition_of(wildcards)["clean"],
    )
    if wildcards.into == clean:
        return []
    return result(f"representations/{name}/{clean}.parquet")


def converging_role(wildcards):
    """What a network is in its repetition, and its nominal share of random labels."""
    repetition = repetition_of(wildcards)
    roles = {repetition[role]: role for role in ("clean", "second_clean")}
    half = stitched_half(wildcards.into, roles.get(wildcards.into, "noisy"))
    return {"role": half["role"], "noise": half["noise"]}


def all_convergence(table):
    """Tables of convergence of all networks of an experiment."""

    def of_experiment(wildcards):
        return [
            result(
                f"stitching/{wildcards.stitching}/{name}/{into}/convergence/{table}.parquet"
            )
            for name, repetition in stitching_of(wildcards)["repetitions"].items()
            for into in repetition_runs(repetition)
        ]

    return of_experiment


def noisy_histories(wildcards):
    """Histories of the noisy runs of an experiment."""
    repetitions = stitching_of(wildcards)["repetitions"].values()
    runs = list(dict.fromkeys(run for one in repetitions for run in one["noisy"]))
    return expand(result("runs/{run}/history.parquet"), run=runs)


def measured_convergence(table):
    """Tables of convergence of an experiment, where it asks for it."""

    def of_experiment(wildcards):
        asked = "representations" in stitching_of(wildcards)
        return all_convergence(table)(wildcards) if asked else []

    return of_experiment
