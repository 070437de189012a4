import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from rote import tables
from rote.data.images import load_images
from rote.errors import ConfigError
from rote.job import Job
from rote.models.taps import representations
from rote.subspaces import measure
from rote.subspaces.classifier import MinimumAngleSubspaceClassifier
from rote.subspaces.measure import Given, Outputs, measure_subspaces
from rote.subspaces.split import selected, split_test
from rote.tables.data import LABELS
from rote.tables.masc import CLASS_ANGLES, MASC_ACCURACY, MASC_EXAMPLES, MASC_PREDICTIONS, SUBSPACE_SIZES, TEST_PARTS
from rote.training.networks import open_network
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

MLP = {"name": "mlp", "hidden": [30, 20]}
JOB = Job(3, "a run", provenance={"params": {"code": "c"}})
N, M = 120, 80
HOW = {"components": [{"share": 0.9}, {"number": 1}], "epochs": ["first", "last"]}
OUTPUTS = {
    "accuracy": MASC_ACCURACY,
    "predictions": MASC_PREDICTIONS,
    "sizes": SUBSPACE_SIZES,
    "angles": CLASS_ANGLES,
    "examples": MASC_EXAMPLES,
}


def write_run(folder, order=slice(None)):
    """Images about a centre of their class, a third of the labels changed, and networks of three epochs."""
    draw = np.random.default_rng(0)
    centres = draw.integers(0, 200, (4, *SHAPE))
    for split, n in (("train", N), ("test", M)):
        pixels = (centres[np.arange(n) % 4] + draw.integers(0, 56, (n, *SHAPE))).astype(np.uint8)
        write_images(folder / f"{split}.parquet", pixels, np.arange(n) % 4, split=split)
    truth = np.arange(N) % 4
    given = np.where(np.arange(N) < 40, draw.integers(0, 4, N), truth)
    write_labels(folder / "labels.parquet", truth, given, order=order)
    write_labels(folder / "reversed.parquet", truth, draw.integers(0, 4, N), order=order)
    write_checkpoints(folder, {epoch: network(MLP, epoch) for epoch in (0, 2, 3)}, architecture=MLP)
    split_test(folder / "test.parquet", folder / "test_parts.parquet", share=0.2, job=Job(3, "noise"))


def measured(folder, how=HOW):
    names = ("train", "test", "labels", "test_parts", "reversed")
    outputs = {name: folder / f"{name}.parquet" for name in OUTPUTS}
    given = Given(*(folder / f"{name}.parquet" for name in names))
    measure_subspaces(folder / "checkpoints.parquet", given, Outputs(*outputs.values()), how=how, job=JOB)
    return {name: tables.read(outputs[name], schema).to_pandas() for name, schema in OUTPUTS.items()}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_run(folder)
    return folder, measured(folder)


def features(folder, split, epoch, tap):
    pixels = torch.from_numpy(load_images(folder / f"{split}.parquet").images)
    opened = open_network(folder / "checkpoints.parquet", epoch)
    return representations(opened.model, opened.normalisation(pixels), [tap])[tap].numpy()


def labels_of(folder, name="labels", column="train_label"):
    return tables.read(folder / f"{name}.parquet", LABELS).sort_by("example").to_pandas()[column].to_numpy()


@pytest.mark.parametrize("tap", ["input", "layer_1", "layer_2"])
@pytest.mark.parametrize("epoch", [0, 3])
@pytest.mark.parametrize(("labelling", "table", "column"), [
    ("corrupted", "labels", "train_label"),
    ("true", "labels", "true_label"),
    ("reversed", "reversed", "train_label"),
])  # fmt: skip
def test_predictions_are_those_of_the_estimator_on_the_representations(run, tap, epoch, labelling, table, column):
    folder, found = run
    train, test = (features(folder, split, epoch, tap) for split in ("train", "test"))
    model = MinimumAngleSubspaceClassifier(components={"share": 0.9}).fit(train, labels_of(folder, table, column))
    rows = found["predictions"].query(
        "tap == @tap and epoch == @epoch and labelling == @labelling and components == 'share 0.9' and "
        "fitted_on == 'all'"
    )
    predicted = {row.split: row.predicted.tolist() for row in rows.itertuples()}
    assert predicted == {"train": model.predict(train).tolist(), "test": model.predict(test).tolist()}


def test_cross_fitted_predictions_are_of_subspaces_that_were_made_without_the_example(run):
    folder, found = run
    train, given = features(folder, "train", 3, "layer_2"), labels_of(folder)
    folds = JOB.generator("folds of class subspaces").permutation(np.arange(N) % 2)
    expected = np.empty(N, int)
    for fold in (0, 1):
        model = MinimumAngleSubspaceClassifier(components={"share": 0.9}).fit(
            train[folds != fold], given[folds != fold]
        )
        expected[folds == fold] = model.predict(train[folds == fold])
    (row,) = (
        found["predictions"]
        .query(
            "tap == 'layer_2' and epoch == 3 and labelling == 'corrupted' and components == 'share 0.9' and "
            "fitted_on == 'other_folds'"
        )
        .itertuples()
    )
    assert row.predicted.tolist() == expected.tolist()


def test_the_discriminant_is_scikit_learn_s(run):
    folder, found = run
    train, test = (features(folder, split, 3, "layer_1") for split in ("train", "test"))
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.01).fit(train.astype(float), labels_of(folder))
    (row,) = (
        found["predictions"]
        .query(
            "tap == 'layer_1' and epoch == 3 and labelling == 'corrupted' and method == 'discriminant' and "
            "split == 'test'"
        )
        .itertuples()
    )
    assert row.predicted.tolist() == model.predict(test.astype(float)).tolist()


def test_accuracies_are_counts_of_the_predictions(run):
    folder, found = run
    given, true = labels_of(folder), labels_of(folder, column="true_label")
    assert len(found["accuracy"])
    keys = ["epoch", "tap", "labelling", "method", "components", "fitted_on"]
    predicted = found["predictions"].set_index([*keys, "split"])["predicted"]
    parts = tables.read(folder / "test_parts.parquet", TEST_PARTS).to_pandas()
    changed = given != true
    train = {"train": np.ones(N, bool), "changed": changed, "unchanged": ~changed}
    against = {"given": given, "true": true, "reversed": labels_of(folder, "reversed")}
    for row in found["accuracy"].itertuples():
        own = [getattr(row, key) for key in keys]
        if row.group in train:
            right = (predicted[(*own, "train")] == against[row.against])[train[row.group]]
        else:
            members = np.ones(M, bool) if row.group == "test" else parts["part"].to_numpy() == row.group
            right = (predicted[(*own, "test")] == parts["true_label"].to_numpy())[members]
        assert (row.examples, row.correct) == (len(right), right.sum())
        assert row.accuracy == row.correct / row.examples


def test_the_network_s_own_accuracy_is_told_of_every_checkpoint(run):
    folder, found = run
    own = found["accuracy"].query("method == 'network' and group == 'test'").set_index("epoch")["correct"]
    assert own.index.tolist() == [0, 2, 3]
    test = load_images(folder / "test.parquet")
    logits = open_network(folder / "checkpoints.parquet", 2).predict(test.images)
    assert own[2] == (logits.argmax(1).numpy() == test.labels).sum()


def test_sizes_say_how_many_examples_and_dimensions_each_class_has(run):
    folder, found = run
    rows = found["sizes"].query("tap == 'layer_1' and epoch == 3 and labelling == 'corrupted'")
    given = labels_of(folder)
    assert rows.query("components == 'number 1'")["dimensions"].tolist() == [1] * 4
    assert rows.query("components == 'share 0.9'")["examples"].tolist() == np.bincount(given).tolist()
    assert (rows["features"] == 30).all()
    assert (rows["dimensions"] <= rows["spanned"]).all()


def test_angles_are_of_every_two_classes(run):
    rows = run[1]["angles"].query("tap == 'input' and epoch == 0 and labelling == 'true'")
    assert list(zip(rows["class"], rows["other_class"], strict=True)) == [
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    ]  # fmt: skip
    assert ((rows["smallest"] >= 0) & (rows["smallest"] <= rows["largest"]) & (rows["largest"] <= np.pi / 2)).all()


def test_the_order_of_the_labels_table_changes_nothing(run, tmp_path):
    write_run(tmp_path, order=np.random.default_rng(1).permutation(N))
    again = measured(tmp_path)
    for name, table in run[1].items():
        assert again[name].to_json() == table.to_json()


def test_the_examples_of_the_predictions_are_told_with_their_labels(run):
    folder, found = run
    examples = found["examples"]
    train, test = (examples[examples["split"] == split] for split in ("train", "test"))
    assert train["example"].tolist() == list(range(N))
    assert train["given_label"].tolist() == labels_of(folder).tolist()
    assert train["reversed_label"].tolist() == labels_of(folder, "reversed").tolist()
    parts = tables.read(folder / "test_parts.parquet", TEST_PARTS).to_pandas()
    assert test["part"].tolist() == parts["part"].tolist()
    assert test["true_label"].tolist() == parts["true_label"].tolist()


def test_a_killed_job_goes_on_to_the_same_tables(run, tmp_path, monkeypatch):
    write_run(tmp_path)
    done = measure._of_tap
    calls = []

    def dies(*given):
        calls.append(given[1])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return done(*given)

    monkeypatch.setattr(measure, "_of_tap", dies)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path)
    again = measured(tmp_path)
    assert calls[2] == calls[3]  # what was finished is not measured again
    for name, table in run[1].items():
        assert again[name].to_json() == table.to_json()
    assert not (tmp_path / "accuracy").exists()


def test_an_unknown_tap_is_refused(tmp_path):
    write_run(tmp_path)
    with pytest.raises(ConfigError, match="layer_3"):
        measured(tmp_path, how={**HOW, "taps": ["layer_3"]})


def test_a_fifth_of_each_class_is_selected():
    labels = np.repeat([0, 1, 2], [50, 20, 3])
    chosen = selected(labels, 0.2, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [10, 4, 1]
