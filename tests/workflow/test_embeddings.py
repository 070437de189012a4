"""Images in the plane and simulated capacity of an experiment: what it asks for beside its capacities is made."""

import pytest

from rote import tables
from rote.tables.claims import CLAIMS
from rote.tables.embedding import EMBEDDINGS, NEIGHBOUR_LABELS
from rote.tables.simulation import SIMULATED_CAPACITIES

pytestmark = pytest.mark.xdist_group("workflow")

RUN, EXPERIMENT = "digits_noise_20", "noise"
GROUPS = {"unpermuted", "permuted", "restored", "test"}
FIGURES = ("embeddings", "simulation", "labelled_images")
TARGETS = [f"results/micro/figures/geometry/{EXPERIMENT}/{name}.png" for name in FIGURES]
TARGETS.append(f"results/micro/claims/geometry/experiments/{EXPERIMENT}.parquet")


def ask(config):
    """One layout, of few images, since what costs is the compilation of UMAP; and as few divisions as there may be."""
    config["geometry"]["experiments"][EXPERIMENT] |= {"embeddings": True, "simulation": True}
    config["geometry"]["embeddings"] = {
        "taps": ["stage_4"],
        "epochs": ["last"],
        "n_neighbors": 5,
        "agreement_neighbours": 2,
    }
    config["geometry"]["simulation"] = {"epochs": ["last"], "n_dichotomies": 6}


def test_an_experiment_that_asks_for_them_has_embeddings_and_simulated_capacity(study):
    study.configure(ask)
    plan = study.plan("--", *TARGETS)
    once = ("embed_images", "plot_embeddings", "simulate_capacity", "plot_simulation", "plot_labelled_images")
    assert plan == {"lend_checkpoints": 2, "judge_experiment": 1, **dict.fromkeys(once, 1)}
    done = study.snakemake("--", *TARGETS)
    assert done.returncode == 0, done.stdout + done.stderr
    results = study.folder / "results/micro"
    for path in TARGETS[:-1]:
        assert (study.folder / path).with_suffix(".svg").stat().st_size > 0
    points = tables.read(results / f"embeddings/{RUN}.parquet", EMBEDDINGS).to_pandas()
    assert set(points["group"]) == GROUPS
    assert points[["x", "y"]].notna().all(axis=None)
    counted = tables.read(results / f"embeddings/neighbours/{RUN}.parquet", NEIGHBOUR_LABELS).to_pandas()
    assert (set(counted["group"]), set(counted["neighbours"])) == (GROUPS, {2})
    simulated = tables.read(results / f"simulation/{RUN}.parquet", SIMULATED_CAPACITIES).to_pandas()
    assert [(row.tap, row.group) for row in simulated.itertuples()] == [
        ("stage_4", group) for group in ("unpermuted", "permuted", "restored", "test")
    ]
    claims = tables.read(study.folder / TARGETS[-1], CLAIMS).to_pandas()
    assert {"C24.size", "C24.order", "C25.best", "C25.last"} <= set(claims["claim"])
    assert study.plan("--", *TARGETS) == {}
