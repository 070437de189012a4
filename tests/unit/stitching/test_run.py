from itertools import product

import numpy as np
import pytest

from rote import tables
from rote.data.images import load_images
from rote.errors import ConfigError
from rote.job import Job
from rote.stitching import run
from rote.stitching.run import Outputs, stitch_into
from rote.tables.stitching import STITCHED_CKA, STITCHED_PREDICTIONS, STITCHES
from rote.training.networks import open_network
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

RESNET = {"name": "preactivation_resnet18", "width": 2}
JOB = Job(3, "an experiment, seed 0", provenance={"params": {"code": "c"}})
RECIPE = {"steps": 4, "batch_size": 16, "optimizer": {"name": "adam", "learning_rate": 0.01}}
CUTS = ["stage_1", "stage_4"]
CLEAN, SECOND, NOISY = (
    {"run": name, "role": role, "noise": noise}
    for name, role, noise in (("a", "clean", 0.0), ("b", "second_clean", 0.0), ("c", "noisy", 0.5))
)
RANDOM = {"run": "untrained", "role": "untrained"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three networks, images, and labels of which a quarter is wrong and half was drawn anew."""
    folder = tmp_path_factory.mktemp("study")
    draw = np.random.default_rng(0)
    for split, n in (("train", 60), ("test", 40)):
        pixels = draw.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
        write_images(folder / f"{split}.parquet", pixels, np.arange(n) % 4, split=split)
    true = np.arange(60) % 4
    given = np.where(np.arange(60) < 15, (true + 1) % 4, true)
    write_labels(folder / "labels.parquet", true, given, permuted=np.arange(60) < 30)
    for number, name in enumerate("abc", 1):
        (folder / name).mkdir()
        write_checkpoints(folder / name, {5: network(RESNET, number)}, architecture=RESNET)
    return folder


def made(study, folder, tail=CLEAN, fronts=(SECOND, NOISY, RANDOM), job=JOB, **changes):
    halves = [tail, *fronts]
    runs = list(dict.fromkeys(half["run"] for half in halves if half["run"] != "untrained")) or ["a"]
    own = {"run": tail["run"], "role": "self"}
    outputs = Outputs(*(folder / f"{name}.parquet" for name in ("stitches", "predictions", "similarity")))
    stitch_into(
        checkpoints={name: study / name / "checkpoints.parquet" for name in runs},
        labels={half["run"]: study / "labels.parquet" for half in halves if half["role"] == "noisy"},
        train=study / "train.parquet",
        test=study / "test.parquet",
        outputs=outputs,
        what={"tail": tail, "fronts": [own, *fronts], "cuts": CUTS, "recipe": RECIPE, **changes},
        memory=1 << 30,
        job=job,
    )
    return outputs


def read(outputs):
    return tables.read(outputs.stitches, STITCHES).to_pandas(), tables.read(
        outputs.predictions, STITCHED_PREDICTIONS
    ).to_pandas()


@pytest.fixture(scope="module")
def clean_tail(study, tmp_path_factory):
    return made(study, tmp_path_factory.mktemp("clean"))


def test_there_is_a_row_for_every_cut_and_front_in_their_order(clean_tail):
    stitches, _ = read(clean_tail)
    assert list(zip(stitches["cut"], stitches["front_role"], strict=True)) == list(
        product(CUTS, ["self", "second_clean", "noisy", "untrained"])
    )


def test_accuracies_are_the_means_of_the_predictions(clean_tail):
    stitches, predictions = read(clean_tail)
    means = predictions.groupby(["cut", "front_role"], observed=True)[
        ["tail_right", "least_squares_right", "right"]
    ].mean()
    for row in stitches.itertuples():
        found = means.loc[row.cut, row.front_role]
        assert (row.tail_accuracy, row.least_squares_accuracy, row.accuracy) == pytest.approx(tuple(found))


def test_a_network_stitched_to_itself_starts_as_itself_example_by_example(study, clean_tail):
    stitches, predictions = read(clean_tail)
    own = stitches[stitches["front_role"] == "self"]
    assert (own["start"] == "identity").all()
    assert (own["start_accuracy"] == own["tail_accuracy"]).all()
    test, opened = load_images(study / "test.parquet"), open_network(study / "a" / "checkpoints.parquet")
    right = opened.predict(test.images).argmax(1).numpy() == test.labels
    of_self = predictions[(predictions["front_role"] == "self") & (predictions["cut"] == "stage_1")]
    assert (of_self["tail_right"].to_numpy() == right).all()


def test_the_table_tells_the_nominal_and_the_wrong_share_of_labels(clean_tail):
    """Complaint: nominal noise of 50 % was 45 % of wrong labels (DivideMix 29)."""
    stitches, _ = read(clean_tail)
    noisy = stitches["front_role"] == "noisy"
    assert set(stitches.loc[noisy, "noise"]) == {0.5}
    assert set(stitches.loc[noisy, "wrong_labels"]) == {0.25}
    assert set(stitches.loc[~noisy, "wrong_labels"]) == {0.0}


def test_no_statistics_move_in_frozen_halves_and_the_table_says_so(study, clean_tail, tmp_path):
    """Complaint: a frozen network's batch norms moved while a probe was trained (virtex 16)."""
    stitches, _ = read(clean_tail)
    assert not stitches["statistics_moved"].any()
    adapted, _ = read(made(study, tmp_path, recipe={**RECIPE, "style": "bansal"}))
    assert adapted["statistics_moved"].all()


def test_a_random_front_is_the_same_before_every_tail_of_a_repetition_and_a_random_tail_another(study, tmp_path):
    opened = [
        run._opened(run.Half("untrained", "untrained"), part, {"a": study / "a" / "checkpoints.parquet"}, training, JOB)
        for training in [_training(study)]
        for part in ("front", "front", "tail")
    ]
    weights = [next(one.model.parameters()).detach().numpy().tobytes() for one in opened]
    assert weights[0] == weights[1] != weights[2]


def _training(study):
    images = load_images(study / "train.parquet")
    return run.Examples.on(JOB.device, images.images, images.labels)


def test_a_random_tail_takes_the_clean_front(study, tmp_path):
    stitches, _ = read(made(study, tmp_path, RANDOM, [CLEAN]))
    assert set(stitches["tail_role"]) == {"untrained"}
    assert set(stitches["front_role"]) == {"self", "clean"}


def test_a_killed_job_goes_on_with_the_cuts_that_are_missing(study, clean_tail, tmp_path, monkeypatch):
    """Complaint: what is drawn again on resumption is another draw (FixMatch 41)."""
    original, calls = run.stitch_networks, []

    def once(*args, **options):
        if calls:
            raise KeyboardInterrupt
        calls.append(args[2])
        return original(*args, **options)

    monkeypatch.setattr(run, "stitch_networks", once)
    with pytest.raises(KeyboardInterrupt):
        made(study, tmp_path)
    later = []

    def noted(*args, **options):
        later.append(args[2])
        return original(*args, **options)

    monkeypatch.setattr(run, "stitch_networks", noted)
    outputs = made(study, tmp_path)
    assert (calls, later) == (CUTS[:1], CUTS[1:])
    for path, whole in zip(outputs, clean_tail, strict=True):
        assert path.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "predictions.parquet",
        "similarity.parquet",
        "stitches.parquet",
    ]


def test_an_unknown_cut_is_an_error_that_names_the_nearest(study, tmp_path):
    with pytest.raises(ConfigError, match="stage_4"):
        made(study, tmp_path, cuts=["stage_44"])


def test_layers_behind_the_cut_are_compared_with_those_of_the_clean_network(clean_tail):
    found = tables.read(clean_tail.similarity, STITCHED_CKA).to_pandas()
    taps = found.groupby("cut", observed=True)["tap"].unique()
    assert taps["stage_1"].tolist() == ["stage_2", "stage_3", "stage_4", "fully_connected"]
    assert taps["stage_4"].tolist() == ["fully_connected"]
    assert set(found["front_role"]) == {"self", "second_clean", "noisy", "untrained"}


def test_a_tail_without_a_clean_network_beside_it_has_no_such_rows(study, tmp_path):
    assert len(tables.read(made(study, tmp_path, NOISY, [RANDOM]).similarity, STITCHED_CKA)) == 0
