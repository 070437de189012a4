import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.tables.dynamics import EPOCH_CKA, repeated
from rote.tables.maps import gather_maps, thinned

TAPS, EPOCHS = ("shallow", "deep"), np.array([0, 1, 2, 5, 10])


@pytest.fixture
def maps(tmp_path):
    """Table of two taps whose values are all different."""
    i, j = np.triu_indices(len(EPOCHS))
    with tables.writing(tmp_path / "maps", EPOCH_CKA, {"estimator": "biased", "batches": "mean_of_cka"}) as table:
        for tap in TAPS:
            names, cka = repeated(tap, len(i), TAPS), (i + j / 10) / (10 + TAPS.index(tap))
            rows = {"tap": names, "epoch": EPOCHS[i], "other_epoch": EPOCHS[j], "cka": cka}
            table.append(rows | {"standard_error": [None] * len(i)})
    return tmp_path / "maps"


def test_maps_of_few_epochs_are_whole_and_name_their_estimator(maps):
    frame, whole = gather_maps(maps), tables.read(maps, EPOCH_CKA).to_pandas()
    columns = ["tap", "epoch", "other_epoch", "cka"]
    assert frame[columns].to_dict("list") == whole[columns].to_dict("list")
    assert frame[["estimator", "batches"]].drop_duplicates().to_numpy().tolist() == [["biased", "mean_of_cka"]]


def test_maps_of_many_epochs_keep_the_pairs_of_some_at_every_tap(maps):
    frame, whole = gather_maps(maps, most=3), tables.read(maps, EPOCH_CKA).to_pandas()
    kept = whole[whole["epoch"].isin([0, 2, 10]) & whole["other_epoch"].isin([0, 2, 10])]
    assert frame["cka"].tolist() == kept["cka"].tolist()
    assert list(dict.fromkeys(frame["tap"])) == list(TAPS)


@given(st.sets(st.integers(0, 5000), min_size=1), st.integers(2, 60))
def test_thinned_epochs_are_some_of_all_with_the_last_and_no_more_than_asked(epochs, most):
    epochs = np.array(sorted(epochs))
    kept = thinned(epochs, most)
    assert set(kept) <= set(epochs)
    assert kept[-1] == epochs[-1]
    assert len(kept) == min(len(kept), most)
    if len(epochs) <= most:
        assert kept.tolist() == epochs.tolist()


def test_epochs_are_thinned_evenly_in_their_logarithm_with_both_ends():
    assert thinned(np.arange(1001), 4).tolist() == [0, 6, 79, 1000]
