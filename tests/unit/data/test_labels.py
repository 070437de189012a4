"""Label corruption: each scheme by its defining counts."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from rote import tables
from rote.data.labels import corrupt_labels, corrupt_table, given, load_labels
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.tables.data import LABELS
from tests.unit.data.data_files import PROVENANCE

COUNTS = ("exact", "independent")
NEW_LABELS = ("any_class", "wrong_class", "shuffle")


def labels_of(n, n_classes):
    return np.arange(n, dtype=np.int64) * 7 % n_classes


@st.composite
def corruptions(draw, **fixed):
    n, n_classes = draw(st.integers(0, 200)), draw(st.integers(2, 12))
    scheme = {
        "fraction": draw(st.floats(0, 1)),
        "count": draw(st.sampled_from(COUNTS)),
        "new_label": draw(st.sampled_from(NEW_LABELS)),
    } | fixed
    true_label = labels_of(n, n_classes)
    seed = draw(st.integers(0, 2**32))
    return corrupt_labels(true_label, n_classes, np.random.default_rng(seed), **scheme), n_classes, scheme


@over(corruptions())
def test_an_example_that_was_not_chosen_keeps_its_label(corruption):
    labels, _, _ = corruption
    np.testing.assert_array_equal(labels.train_label[~labels.permuted], labels.true_label[~labels.permuted])


@over(corruptions())
def test_every_label_is_a_class(corruption):
    labels, n_classes, _ = corruption
    assert set(labels.train_label) <= set(range(n_classes))


@over(corruptions(count="exact"))
def test_exact_count_chooses_the_rounded_fraction(corruption):
    labels, _, scheme = corruption
    assert labels.permuted.sum() == round(scheme["fraction"] * len(labels.permuted))


@over(corruptions(new_label="wrong_class"))
def test_wrong_class_never_keeps_a_label(corruption):
    labels, _, _ = corruption
    np.testing.assert_array_equal(labels.permuted, labels.train_label != labels.true_label)


@over(corruptions(new_label="shuffle"))
def test_shuffle_permutes_the_labels_of_the_chosen(corruption):
    labels, _, _ = corruption
    chosen = labels.permuted
    np.testing.assert_array_equal(np.sort(labels.train_label[chosen]), np.sort(labels.true_label[chosen]))


@over(st.lists(st.floats(0, 1), min_size=2).map(sorted), st.sampled_from(COUNTS), st.sampled_from(NEW_LABELS[:2]))
@settings(max_examples=50)
def test_a_larger_fraction_only_adds_to_a_smaller_one(fractions, count, new_label):
    drawn = [
        corrupt_labels(labels_of(100, 10), 10, np.random.default_rng(0), fraction=p, count=count, new_label=new_label)
        for p in fractions
    ]
    for fewer, more in pairwise(drawn):
        assert more.permuted[fewer.permuted].all()
        np.testing.assert_array_equal(more.train_label[fewer.permuted], fewer.train_label[fewer.permuted])


@pytest.mark.parametrize("new_label", NEW_LABELS)
@pytest.mark.parametrize("count", COUNTS)
def test_no_corruption_chooses_nothing_and_full_corruption_everything(count, new_label):
    for fraction in (0.0, 1.0):
        labels = corrupt_labels(
            labels_of(500, 10), 10, np.random.default_rng(0), fraction=fraction, count=count, new_label=new_label
        )
        assert (labels.permuted == bool(fraction)).all()


def within_five_deviations(count: int, n: int, p: float) -> bool:
    return abs(count - n * p) <= 5 * np.sqrt(n * p * (1 - p))


def test_independent_count_is_binomial():
    """Mean and variance of the number chosen over many draws: n p and n p (1 − p)."""
    counts = [
        corrupt_labels(
            labels_of(400, 10), 10, np.random.default_rng(seed), fraction=0.3, count="independent"
        ).permuted.sum()
        for seed in range(2000)
    ]
    assert within_five_deviations(sum(counts), 400 * 2000, 0.3)
    assert abs(np.var(counts) / (400 * 0.3 * 0.7) - 1) < 5 * np.sqrt(2 / 2000)


@pytest.mark.parametrize("count", COUNTS)
def test_every_example_is_chosen_alike(count):
    chosen = sum(
        1 * corrupt_labels(labels_of(20, 10), 10, np.random.default_rng(seed), fraction=0.25, count=count).permuted
        for seed in range(4000)
    )
    assert all(within_five_deviations(times, 4000, 0.25) for times in chosen)


@pytest.mark.parametrize(("new_label", "stays"), [("any_class", 1 / 5), ("wrong_class", 0)])
def test_new_labels_are_uniform_over_the_classes_they_may_take(new_label, stays):
    n = 50_000
    true_label = labels_of(n, 5)
    labels = corrupt_labels(true_label, 5, np.random.default_rng(0), fraction=1.0, new_label=new_label)
    for true in range(5):
        drawn = labels.train_label[true_label == true]
        for new in range(5):
            p = stays if new == true else (1 - stays) / 4
            assert within_five_deviations((drawn == new).sum(), len(drawn), p)


def test_shuffles_are_uniform_over_permutations():
    """Three distinct labels: six permutations alike."""
    shuffled = [
        tuple(
            corrupt_labels(np.arange(3), 3, np.random.default_rng(seed), fraction=1.0, new_label="shuffle").train_label
        )
        for seed in range(6000)
    ]
    assert len(set(shuffled)) == 6
    assert all(within_five_deviations(shuffled.count(order), 6000, 1 / 6) for order in set(shuffled))


def test_a_label_drawn_equal_to_the_old_one_counts_as_permuted():
    labels = corrupt_labels(labels_of(1000, 2), 2, np.random.default_rng(0), fraction=0.5, new_label="any_class")
    assert (labels.train_label[labels.permuted] == labels.true_label[labels.permuted]).any()
    assert labels.permuted.sum() == 500


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ({"fraction": -0.1}, "fraction -0.1"),
        ({"fraction": 1.1}, "fraction 1.1"),
        ({"fraction": float("nan")}, "fraction nan"),
        ({"fraction": 0.1, "count": "about"}, "count 'about'"),
        ({"fraction": 0.1, "new_label": "random"}, "new_label 'random'"),
    ],
)
def test_an_unknown_scheme_is_refused(scheme, message):
    with pytest.raises(ConfigError, match=message):
        corrupt_labels(labels_of(10, 5), 5, np.random.default_rng(0), **scheme)


def test_a_wrong_class_needs_a_second_class():
    with pytest.raises(ConfigError, match="at least two classes"):
        corrupt_labels(np.zeros(3, np.int64), 1, np.random.default_rng(0), fraction=1.0, new_label="wrong_class")


def write_labels(path, example, label):
    match path.suffix:
        case ".npz":
            np.savez(path, example=example, label=label)
        case ".csv":
            rows = "\n".join(f"{i},{new}" for i, new in zip(example, label, strict=True))
            path.write_text(f"example,label\n{rows}\n")
        case ".parquet":
            pq.write_table(pa.table({"example": example, "label": label}), path)


@pytest.mark.parametrize("kind", [".npz", ".csv", ".parquet"])
def test_given_labels_are_joined_by_example(tmp_path, kind):
    path = tmp_path / f"human{kind}"
    write_labels(path, np.array([2, 0, 3, 1]), np.array([1, 0, 2, 2]))
    labels = given(np.array([0, 1, 1, 2]), 3, path)
    np.testing.assert_array_equal(labels.train_label, [0, 2, 1, 2])
    np.testing.assert_array_equal(labels.permuted, [False, True, False, False])


def test_given_labels_in_an_array_are_in_the_order_of_examples(tmp_path):
    np.save(tmp_path / "human.npy", np.array([0, 2, 1, 2], dtype=np.uint8))
    labels = given(np.array([0, 1, 1, 2]), 3, tmp_path / "human.npy")
    np.testing.assert_array_equal(labels.train_label, [0, 2, 1, 2])


@pytest.mark.parametrize("kind", [".npz", ".csv", ".parquet"])
@pytest.mark.parametrize(
    ("example", "label", "message"),
    [
        ([0, 1, 2], [0, 0, 0], "each of the examples 0 to 3"),
        ([0, 1, 2, 2], [0, 0, 0, 0], "each of the examples 0 to 3"),
        ([0, 1, 2, 4], [0, 0, 0, 0], "each of the examples 0 to 3"),
        ([0, 1, 2, 3], [0, 0, 0, 3], "labels from 0 to 3, but there are 3 classes"),
        ([0, 1, 2, 3], [0, 0, 0, -1], "labels from -1 to 0"),
        ([0, 1, 2, 3], [0, 0.5, 0, 1], "no whole number"),
    ],
)
def test_given_labels_that_do_not_fit_are_refused(tmp_path, kind, example, label, message):
    path = tmp_path / f"human{kind}"
    write_labels(path, np.array(example), np.array(label))
    with pytest.raises(DataError, match=rf"{path.name} .*{message}"):
        given(np.array([0, 1, 1, 2]), 3, path)


@pytest.mark.parametrize("name", ["gone.npy", "gone.csv", "text.npy", "text.npz", "text.parquet", "text.csv", "x.json"])
def test_given_labels_that_cannot_be_read_are_refused(tmp_path, name):
    if not name.startswith("gone"):
        (tmp_path / name).write_text("nothing of use")
    with pytest.raises(DataError, match=rf"{name} cannot be read as"):
        given(np.array([0, 1, 1, 2]), 3, tmp_path / name)


def test_a_pickled_array_is_never_opened(tmp_path):
    np.save(tmp_path / "human.npy", np.array([{"a": 1}] * 4, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"human.npy cannot be read .* Pickled objects are refused"):
        given(np.array([0, 1, 1, 2]), 3, tmp_path / "human.npy")


COLUMN = pa.array([0, 2, 1, 2])


@pytest.mark.parametrize(
    "column",
    [
        COLUMN.dictionary_encode(),
        COLUMN.cast(pa.string()),
        COLUMN.cast(pa.string()).dictionary_encode(),
        COLUMN.cast(pa.large_string()),
        COLUMN.cast(pa.float64()),
        COLUMN.cast(pa.uint64()),
        COLUMN.cast(pa.decimal128(21, 2)),
    ],
    ids=lambda column: str(column.type),
)
def test_a_parquet_column_of_any_type_that_says_whole_numbers_is_read(tmp_path, column):
    pq.write_table(pa.table({"example": range(4), "label": column}), tmp_path / "human.parquet")
    labels = given(np.array([0, 1, 1, 2]), 3, tmp_path / "human.parquet")
    np.testing.assert_array_equal(labels.train_label, [0, 2, 1, 2])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([0, None, 1, 2]), "row 1 has no 'label'"),
        (pa.array(["0", "cat", "1", "2"]), "row 1 has 'cat'"),
        (pa.array([[0], [1], [2], [0]]), "type object"),
        (pa.array([0.5, 0, 0, 0]).cast(pa.decimal128(5, 2)), "row 0 has '0.50'"),
    ],
)
def test_a_parquet_column_that_says_none_is_refused_with_its_row(tmp_path, column, message):
    pq.write_table(pa.table({"example": range(4), "label": column}), tmp_path / "human.parquet")
    with pytest.raises(DataError, match=rf"human\.parquet cannot be read as labels: .*({message})"):
        given(np.array([0, 1, 1, 2]), 3, tmp_path / "human.parquet")


@pytest.mark.parametrize("kind", [".npz", ".parquet"])
def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path, kind):
    path = tmp_path / f"human{kind}"
    if kind == ".npz":
        np.savez(path, label=np.zeros(4, int))
    else:
        pq.write_table(pa.table({"label": range(4)}), path)
    with pytest.raises(DataError, match="it lacks 'example' and has 'label'"):
        given(np.array([0, 1, 1, 2]), 3, path)


def test_a_bad_label_in_a_csv_file_is_named_with_its_line(tmp_path):
    (tmp_path / "human.csv").write_text("example,label\n0,1\n\n1,cat\n")
    with pytest.raises(DataError, match=r"human\.csv cannot be read as labels: line 4 has 'cat'"):
        given(np.array([0, 1]), 3, tmp_path / "human.csv")


@pytest.mark.parametrize(
    ("example", "fault"),
    [([0, 1, 2, 2], "3 is missing"), ([0, 1, 2, 3, 4], "4 is none"), ([0, 1, 2, 3, 3], "3 is there")],
)
def test_the_example_at_fault_is_named(tmp_path, example, fault):
    np.savez(tmp_path / "human.npz", example=example, label=np.zeros(len(example), int))
    with pytest.raises(DataError, match=f"examples 0 to 3 once: {fault}"):
        given(np.array([0, 1, 1, 2]), 3, tmp_path / "human.npz")


@pytest.fixture
def digits(converted):
    result = converted("digits")
    return result.folder / "train.parquet", result.train.labels


def test_the_table_of_labels_holds_the_published_and_the_new_ones(digits, tmp_path):
    images, true_label = digits
    path = tmp_path / "labels.parquet"
    corrupt_table(images, path, fraction=0.2, job=Job(0, "digits"))
    labels = load_labels(path)
    np.testing.assert_array_equal(labels.true_label, true_label)
    assert labels.permuted.sum() == round(0.2 * len(true_label))
    assert (labels.true_label.dtype, labels.train_label.dtype, labels.permuted.dtype) == (np.int64, np.int64, np.bool_)
    assert tables.read(path, LABELS)["example"].to_pylist() == list(range(len(true_label)))


@pytest.mark.parametrize(("example", "whole"), [([2, 0, 1], True), ([0, 1, 1], False), ([0, 1, 3], False)])
def test_labels_are_read_in_the_order_of_examples_each_of_which_must_be_there_once(tmp_path, example, whole):
    columns = {"example": example, "true_label": example, "train_label": example, "permuted": [False] * 3}
    tables.write(tmp_path / "x.parquet", LABELS, columns, PROVENANCE)
    if whole:
        assert load_labels(tmp_path / "x.parquet").train_label.tolist() == [0, 1, 2]
    else:
        with pytest.raises(DataError, match="does not hold the examples 0 to 2"):
            load_labels(tmp_path / "x.parquet")


def test_a_corruption_is_fixed_by_its_seed_and_index(digits, tmp_path):
    drawn = []
    for seed, index in [(0, 0), (0, 0), (1, 0), (0, 1)]:
        corrupt_table(digits[0], tmp_path / "x.parquet", fraction=0.2, index=index, job=Job(seed, "digits"))
        drawn.append((tmp_path / "x.parquet").read_bytes())
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_the_table_of_given_labels_holds_them(digits, tmp_path):
    images, true_label = digits
    np.save(tmp_path / "human.npy", (true_label + 1) % 10)
    corrupt_table(images, tmp_path / "x.parquet", file=tmp_path / "human.npy", job=Job(0, "digits"))
    np.testing.assert_array_equal(load_labels(tmp_path / "x.parquet").train_label, (true_label + 1) % 10)


def test_a_file_and_a_fraction_together_are_refused(digits, tmp_path):
    with pytest.raises(ConfigError, match="not both"):
        corrupt_table(digits[0], tmp_path / "x", file=tmp_path / "h.npy", fraction=0.1, job=Job(0, "digits"))
    assert not (tmp_path / "x").exists()
