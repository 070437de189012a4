"""What the study of stitched networks names must be there, and fit."""

from collections.abc import Iterator

from rote.config.checks_shared import unknown_name, unknown_run
from rote.config.faults import Fault, Path, nearest
from rote.config.names import VALID
from rote.config.references import named_runs
from rote.config.sets import GRAM_ROWS
from rote.config.study import Study
from rote.config.taps import tap_names

UNTRAINED = "untrained"  # what tables call the network that no run trained


def stitched_runs(study: Study) -> Iterator[Fault]:
    """Runs that repetitions name and that are not there, stand twice, or have other labels than they should."""
    experiments = study.stitching.experiments
    if experiments and UNTRAINED in study.runs:
        yield Fault(("runs", UNTRAINED), "stitching calls its untrained network so: give the run another name")
    for name, experiment in experiments.items():
        where: Path = ("stitching", "experiments", name)
        if len(set(experiment.cuts)) < len(experiment.cuts):
            yield Fault((*where, "cuts"), f"one stands twice in {list(experiment.cuts)}: delete one of them")
        if experiment.representations is not None:
            path = (*where, "representations")
            yield from unknown_name(experiment.representations, study.representations, "representations", path)
            taken = study.representations.get(experiment.representations)
            if taken is not None and (taken.form not in GRAM_ROWS or taken.epochs == "last"):
                yield Fault(path, f"{experiment.representations!r} has no Gram rows of several epochs: name such a set")
        for key, repetition in experiment.repetitions.items():
            path = (*where, "repetitions", key)
            if not VALID.fullmatch(key):
                yield Fault(path, f"{key!r} cannot be a name: write letters, digits, '_' or '-', such as 'seed_0'")
            for place, runs in named_runs(repetition).items():
                for run in runs:
                    yield from unknown_run(study, run, (*path, place))
            named = [run for runs in named_runs(repetition).values() for run in runs]
            if len(set(named)) < len(named):
                yield Fault(path, "a run stands twice: clean, second_clean and noisy are networks of their own")
            for place in ("clean", "second_clean"):
                clean = study.runs.get(getattr(repetition, place))
                labels = None if clean is None else study.labels.get(clean.labels)
                if clean is not None and labels is not None and (labels.fraction > 0 or labels.file is not None):
                    yield Fault((*path, place), f"its labels {clean.labels!r} are not the true ones: name another run")


def stitched_networks(study: Study) -> Iterator[Fault]:
    """Networks that do not fit together, and cuts that they do not have."""
    for name, experiment in study.stitching.experiments.items():
        path: Path = ("stitching", "experiments", name)
        runs = [
            study.runs[run]
            for repetition in experiment.repetitions.values()
            for named in named_runs(repetition).values()
            for run in named
        ]
        if len({run.dataset for run in runs}) > 1:
            yield Fault((*path, "repetitions"), "runs are of several data sets: name some of one")
        if len({run.architecture for run in runs}) > 1:
            yield Fault((*path, "repetitions"), "runs are of several architectures: name some of one")
        for called in dict.fromkeys(run.architecture for run in runs):
            known = tap_names(study.architectures[called])
            for cut in experiment.cuts:
                if cut not in known:
                    says = f"{cut!r} is no tap of architectures.{called}{nearest(cut, known)}"
                    yield Fault((*path, "cuts"), says)
