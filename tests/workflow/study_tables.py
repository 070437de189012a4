"""Comparing the tables of two studies."""

from tests.workflow.micro_study import Study


def same_tables(study: Study, other: Study) -> int:
    """Number of tables of a study, each of which has the same bytes in the other."""
    differing = ("sources", "trial_times")  # these name the machine's own paths and say how long trials took
    results = (study.folder / "results/micro").rglob("*.parquet")
    made = [path for path in results if not path.name.startswith(differing)]
    for path in made:
        assert path.read_bytes() == (other.folder / path.relative_to(study.folder)).read_bytes(), path
    return len(made)
