"""What several checks of a study ask: what is trained, and whether a name stands where it must."""

from collections.abc import Iterator, Mapping
from typing import Any

from rote.config.class_fitting import ClassFitting
from rote.config.faults import Fault, Path, nearest
from rote.config.memorization import Estimate
from rote.config.run import Run
from rote.config.sizes import Size, size_of
from rote.config.study import Study
from rote.config.training_dynamics import TrainingDynamics


def everything_trained(study: Study) -> Iterator[tuple[Path, Run | Estimate]]:
    """Runs and estimates of memorization, with where they stand."""
    for name, run in study.runs.items():
        yield ("runs", name), run
    for name, estimate in study.memorization.estimates.items():
        yield ("memorization", "estimates", name), estimate


def unknown_name(name: str, section: Mapping[str, Any], called: str, path: Path) -> Iterator[Fault]:
    """A name that does not stand in the section that it refers to."""
    if name not in section:
        yield Fault(path, f"{name!r} does not stand under {called}{nearest(name, section)}")


def unknown_run(study: Study, run: str, path: Path) -> Iterator[Fault]:
    """A name that is no run."""
    if run not in study.runs:
        yield Fault(path, f"no run is called {run!r}{nearest(run, study.runs)}")


def runs_of(part: TrainingDynamics | ClassFitting) -> Mapping[str, str]:
    """Runs of a study with their sets, references being spelled out."""
    assert isinstance(part.runs, Mapping)
    return part.runs


def trained_with_sizes(study: Study) -> Iterator[tuple[Path, Run | Estimate, Size]]:
    """Everything that is trained on data whose size is known."""
    for path, trained in everything_trained(study):
        size = size_of(study.datasets[trained.dataset])
        if size is not None:
            yield path, trained, size
