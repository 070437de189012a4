import numpy as np
import pytest

from rote import tables
from rote.figures.class_chains import chain_densities, plot_class_chains
from rote.tables.density import CLASS_DENSITIES
from rote.tables.frames import gather

MEANS = {None: [3.0, 1.0, 2.0], 0: [3.0, 1.0, -5.0], 1: [-4.0, 1.5, 2.0]}
POOLED = {"0": [0], "1": [0, 1], "2": [1]}


@pytest.fixture
def densities(tmp_path):
    path = tmp_path / "class_densities.parquet"
    rows = [(label, chain, means[label]) for label in range(3) for chain, means in MEANS.items()]
    columns = {
        "class": np.array([label for label, _, _ in rows], np.int16),
        "chain": [chain for _, chain, _ in rows],
        "n_examples": [10] * len(rows),
        "mean_log_density": [mean for _, _, mean in rows],
        "log_density_deviation": [1.0] * len(rows),
        "standard_error": [0.3] * len(rows),
    }
    provenance = {"pooled_chains": POOLED, "wildcards": {"protocol": "exact", "tap": "stage_4"}}
    tables.write(path, CLASS_DENSITIES, columns, provenance)
    return gather(path, CLASS_DENSITIES, ["protocol", "tap"], ["pooled_chains"])


def test_a_chain_is_pooled_where_the_provenance_says_so(densities):
    found = chain_densities(densities)
    assert {(label, row["chain"]): row["pooled"] for label, row in found.iterrows()} == {
        (0, 0): True, (0, 1): False, (1, 0): True, (1, 1): True, (2, 0): False, (2, 1): True
    }  # fmt: skip


def test_chains_left_out_are_hollow_and_classes_stand_by_their_pooled_density(densities):
    (axes,) = plot_class_chains(densities, taps=["stage_4"], title="Run").axes
    first, second = axes.collections
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "2", "0"]
    assert first.get_offsets().tolist() == [[3.0, 2.0], [1.0, 0.0], [-5.0, 1.0]]
    assert (first.get_facecolors()[:, 3] > 0).tolist() == [True, True, False]
    assert (second.get_facecolors()[:, 3] > 0).tolist() == [False, True, True]
    assert "left out in 2 of 3 classes" in axes.get_title()
