# What the rules of ../loans.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def lent_checkpoints(wildcards):
    """A set's token; the last checkpoint is never dropped, so who reads no other needs none."""
    return (
        result("runs/{run}/lent/representations_{set}.txt")
        if reads_more_than_the_last(wildcards.set)
        else []
    )


def reads_more_than_the_last(name):
    return config["representations"][name]["epochs"] not in ("last", ["last"])


def readers_of(run):
    """What every reader of a run's checkpoints makes of them, by the name of its token."""
    sets = {
        f"representations_{name}": result(f"representations/{name}/{run}.parquet")
        for name in sets_of(run)
        if reads_more_than_the_last(name)
    }
    analyses = {name: result(f"{name}/{run}.parquet") for name in analyses_of(run)}
    latent = (
        {"subspaces": result(f"masc/{run}/accuracy.parquet")}
        if run in latent_runs()
        else {}
    )
    return sets | analyses | latent


def run_readers(wildcards):
    return list(readers_of(wildcards.run).values())


def sets_of(run):
    """Sets of representations that studies take of a run."""
    dynamics, fitting = (
        config["training_dynamics"]["runs"],
        config["class_fitting"]["runs"],
    )
    names = [dynamics[run]] if run in dynamics else []
    names += [reduction_of(run)["representations"]] if run in fitting else []
    names += manifold_sets(run)
    names += convergence_sets(run)
    return list(dict.fromkeys(names))


def dropped_checkpoints():
    """Runs that keep their last checkpoint alone, if the study says so."""
    runs = [run for run in config["runs"] if readers_of(run)]
    return expand(
        result("runs/{run}/dropped.txt"), run=runs if config["drop_checkpoints"] else []
    )
