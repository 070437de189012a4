"""Data of one's own: what the files hold is what the tables give, and each fault is one clear error."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.data.columns import images as images_of
from rote.data.dataset import Split
from rote.data.fetch import fetch
from rote.data.images import read_header
from rote.data.kinds.arrays import to_pixels
from rote.data.own import cut, moments
from rote.errors import ConfigError, DataError
from rote.job import Job
from tests.unit.data.data_files import pixels, png, write_files, write_zip

CLASSES = ("ash", "elm", "oak")


def pictures(n=4, shape=(6, 5, 3), classes=CLASSES, seed=0):
    """Files of `n` images of each class by path, and the images in the order of class and path."""
    images = pixels(len(classes) * n, *shape, seed=seed)
    names = [f"{name}/{i}.png" for name in classes for i in range(n)]
    return dict(zip(names, map(png, images), strict=True)), images


def leaves(tmp_path, files):
    write_files(tmp_path / "leaves", files)
    return {"kind": "image_folder", "path": str(tmp_path / "leaves")}


@pytest.fixture
def split_leaves(tmp_path):
    """Files of a folder with training and test images."""
    files = {f"{split}/{name}": content for split in ("train", "test") for name, content in pictures()[0].items()}

    def options(**changes):
        write_files(tmp_path / "leaves", {name: content for name, content in {**files, **changes}.items() if content})
        return {"kind": "image_folder", "path": str(tmp_path / "leaves")}

    return options, files


# Folders of images


def test_a_folder_gives_its_images_with_the_folders_as_classes(tmp_path, converted):
    files, images = pictures()
    result = converted("leaves", **leaves(tmp_path, files), test_share=0.25)
    assert result.train.classes == CLASSES
    both = np.concatenate([result.train.images, result.test.images])
    labels = np.concatenate([result.train.labels, result.test.labels])
    assert len(result.test.labels) == 3
    assert sorted(zip(labels, map(bytes, both), strict=True)) == sorted(
        zip(np.repeat(range(3), 4), map(bytes, images), strict=True)
    )


def test_train_and_test_folders_are_kept(tmp_path, converted):
    train, train_images = pictures()
    test, test_images = pictures(n=2, seed=1)
    files = {f"train/{name}": content for name, content in train.items()}
    files |= {f"test/{name}": content for name, content in test.items()}
    result = converted("leaves", **leaves(tmp_path, files))
    np.testing.assert_array_equal(result.train.images, train_images)
    np.testing.assert_array_equal(result.test.images, test_images)
    np.testing.assert_array_equal(result.test.labels, [0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize("prefix", ["", "leaves/"])
def test_a_zip_archive_gives_what_its_folder_gives(tmp_path, converted, prefix):
    files, _ = pictures()
    folder = converted("folder", **leaves(tmp_path, files), test_share=0.25)
    write_zip(tmp_path / "leaves.zip", prefix, files)
    archive = converted("archive", kind="image_folder", path=str(tmp_path / "leaves.zip"), test_share=0.25)
    np.testing.assert_array_equal(archive.train.images, folder.train.images)
    assert archive.train.classes == folder.train.classes


def test_grey_pictures_have_one_channel_and_among_colour_ones_three(tmp_path, converted):
    files, images = pictures(shape=(6, 5))
    grey = converted("grey", **leaves(tmp_path, files), test_share=0.25)
    assert grey.train.shape == (6, 5, 1)
    assert {bytes(image) for image in grey.train.images} <= {bytes(image) for image in images}
    mixed = converted("mixed", **leaves(tmp_path, {"ash/9.png": png(pixels(6, 5, 3))}), test_share=0.25)
    assert mixed.train.shape == (6, 5, 3)


def test_pictures_of_16_bits_are_grey_of_8(tmp_path, converted):
    files, images = pictures(shape=(6, 5))
    deep = {name: png(image.astype(np.uint16) * 257) for name, image in zip(files, images, strict=True)}
    plain = converted("plain", **leaves(tmp_path / "plain", files), test_share=0.25)
    scaled = converted("deep", **leaves(tmp_path / "deep", deep), test_share=0.25)
    np.testing.assert_array_equal(scaled.train.images, plain.train.images)


@pytest.mark.parametrize(("size", "shape"), [(4, (4, 4, 3)), ([4, 7], (4, 7, 3))])
def test_pictures_of_different_sizes_are_resampled_to_the_size_stated(tmp_path, converted, size, shape):
    files, _ = pictures()
    files["elm/9.png"] = png(pixels(9, 11, 3))
    assert converted("leaves", **leaves(tmp_path, files), test_share=0.25, size=size).train.shape == shape


def test_class_names_give_the_order_of_folders(tmp_path, converted):
    files, _ = pictures()
    names = ["oak", "ash", "elm"]
    plain = converted("plain", **leaves(tmp_path, files), test_share=0.25)
    ordered = converted("ordered", **leaves(tmp_path, files), test_share=0.25, class_names=names)
    assert list(ordered.train.classes) == names
    assert images_by_class(ordered) == images_by_class(plain)


def images_by_class(result):
    """All images of a data set, whatever the split, by the names of their classes."""
    splits = (result.train, result.test)
    return {
        name: {bytes(image) for split in splits for image in split.images[split.labels == label]}
        for label, name in enumerate(result.train.classes)
    }


def test_what_systems_leave_and_what_lies_beside_folders_is_no_data(tmp_path, converted):
    files, _ = pictures()
    clean = converted("clean", **leaves(tmp_path / "clean", files), test_share=0.25)
    files |= dict.fromkeys((".DS_Store", "ash/Thumbs.db", ".git/config", "__MACOSX/ash/1.png", "LICENCE"), b"x")
    littered = converted("littered", **leaves(tmp_path / "littered", files), test_share=0.25)
    np.testing.assert_array_equal(littered.train.images, clean.train.images)


def test_another_split_seed_or_study_seed_cuts_otherwise_and_the_name_does_not_matter(tmp_path, converted):
    options = leaves(tmp_path, pictures(n=20)[0]) | {"test_share": 0.2}
    first = converted("first", **options).train.images
    np.testing.assert_array_equal(converted("renamed", **options).train.images, first)
    assert (converted("cut", **options, split_seed=1).train.images != first).any()
    assert (converted("study", **options, seed=1).train.images != first).any()


def test_normalisation_is_that_of_the_training_pixels(tmp_path, converted):
    result = converted("leaves", **leaves(tmp_path, pictures()[0]), test_share=0.25)
    header = read_header(result.folder / "train.parquet")
    scaled = result.train.images / 255
    np.testing.assert_allclose(header.mean, scaled.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(header.std, scaled.std(axis=(0, 1, 2)), rtol=1e-12)


def test_a_class_without_test_images_is_named_in_the_log(split_leaves, converted, capfd):
    options, files = split_leaves
    without = {name: None for name in files if name.startswith("test/elm")}
    result = converted("leaves", **options(**without))
    assert set(result.test.labels) == {0, 2}
    assert "1 of 3 classes have no test image: elm" in capfd.readouterr().err


def test_a_folder_that_is_not_used_is_named_in_the_log(split_leaves, converted, capfd):
    options, _ = split_leaves
    converted("leaves", **options(**{"val/ash/1.png": png(pixels(6, 5, 3))}))
    assert "val is not used" in capfd.readouterr().err


def of_cut(**changes):
    """A folder to be cut, with some files changed."""
    return {name: content for name, content in {**pictures()[0], **changes}.items() if content is not None}


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        (of_cut(), {}, r"no folder 'train': state a test_share"),
        (of_cut(**{"ash/9.png": png(pixels(7, 5, 3))}), {"test_share": 0.2}, r"ash/0.png has 5×6 .* state a size"),
        (of_cut(**{"elm/1.png": b"x"}), {"test_share": 0.2}, r"elm/1.png in .* neither JPEG nor PNG"),
        (of_cut(**{"elm/1.png": png(pixels(6, 5, 3))[:90]}), {"test_share": 0.2}, r"elm/1.png in .* cannot be read"),
        (of_cut(**{"elm/notes.txt": b"x"}), {"test_share": 0.2}, r"elm/notes.txt in .* Replace it, or take it away"),
        (of_cut(**{"elm/1.png": png(pixels(6, 5, 4))}), {"test_share": 0.2}, r"elm/1.png .* transparent pixels"),
        (of_cut(**{"stray.png": png(pixels(6, 5, 3))}), {"test_share": 0.2}, r"stray.png lies in no folder of a class"),
        (of_cut(), {"test_share": 0.01}, r"has no test images"),
        (of_cut(), {"test_share": 0.2, "class_names": ["ash", "elm", "fir"]}, r"do not agree on 'fir'"),
        ({"README": b"x"}, {"test_share": 0.2}, r"no folders of classes"),
        ({"ash/1.png": png(pixels(6, 5, 3))}, {"test_share": 0.2}, r"has 1 classes"),
        ({f"{name}/1.png": png(np.full((6, 5), 7, np.uint8)) for name in CLASSES}, {"test_share": 0.2}, r"test images"),
        (
            {f"{name}/{i}.png": png(np.full((6, 5), 7, np.uint8)) for name in CLASSES for i in range(4)},
            {"test_share": 0.25},
            r"pixels of a channel are equal",
        ),
    ],
)
def test_a_faulty_folder_is_one_error_that_names_the_place(tmp_path, converted, files, options, message):
    with pytest.raises(DataError, match=message):
        converted("leaves", **leaves(tmp_path, files), **options)
    assert not list(tmp_path.rglob("train.parquet"))


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_class_without_training_images_is_refused(split_leaves, converted, tmp_path, split):
    options, files = split_leaves
    without = {name: None for name in files if name.startswith("train/elm")}
    (tmp_path / f"leaves/{split}/elm").mkdir(parents=True)
    with pytest.raises(DataError, match="class 'elm' has no training image"):
        converted("leaves", **options(**without))


def test_an_empty_folder_of_a_class_is_refused(tmp_path, converted):
    (tmp_path / "leaves/fir").mkdir(parents=True)
    with pytest.raises(DataError, match="class 'fir' has no training image"):
        converted("leaves", **leaves(tmp_path, pictures()[0]), test_share=0.25)


def test_a_test_share_of_what_is_cut_already_is_refused(split_leaves, converted):
    options, _ = split_leaves
    with pytest.raises(DataError, match="leave test_share out"):
        converted("leaves", **options(), test_share=0.2)


def test_what_is_not_there_is_named(tmp_path, converted):
    with pytest.raises(DataError, match=r"no file or folder .*nowhere"):
        converted("leaves", kind="image_folder", path=str(tmp_path / "nowhere"), test_share=0.2)


def test_a_picture_that_changes_after_it_was_verified_is_noticed(tmp_path, converted, monkeypatch):
    options = leaves(tmp_path, pictures()[0])
    changed = png(pixels(6, 5, 3, seed=9))

    def then_change(*arguments, **keywords):
        fetch(*arguments, **keywords)
        write_files(tmp_path / "leaves", {"ash/1.png": changed})

    monkeypatch.setattr("tests.unit.data.conftest.fetch", then_change)
    with pytest.raises(DataError, match="leaves has gone or changed"):
        converted("leaves", **options, test_share=0.25)


# Arrays


IMAGES, LABELS = pixels(12, 6, 5, 3), np.arange(12) % 3


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "spikes.npz", **arrays)
    return {"kind": "arrays", "path": str(tmp_path / "spikes.npz")}


def table(tmp_path, **columns):
    pq.write_table(pa.table(columns), tmp_path / "spikes.parquet")
    return {"kind": "arrays", "path": str(tmp_path / "spikes.parquet")}


def as_tensors(images):
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(images))


def test_arrays_of_both_splits_are_kept(tmp_path, converted):
    test = pixels(3, 6, 5, 3, seed=1)
    given = saved(tmp_path, train_images=IMAGES, train_labels=LABELS, test_images=test, test_labels=[2, 1, 0])
    result = converted("spikes", **given, class_names=["a", "b", "c"])
    np.testing.assert_array_equal(result.train.images, IMAGES)
    np.testing.assert_array_equal(result.train.labels, LABELS)
    np.testing.assert_array_equal(result.test.images, test)
    np.testing.assert_array_equal(result.test.labels, [2, 1, 0])
    assert result.train.classes == ("a", "b", "c")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(list(map(png, IMAGES)), id="pictures"),
        pytest.param([{"bytes": png(image), "path": None} for image in IMAGES], id="pictures as Hugging Face's"),
        pytest.param(IMAGES.tolist(), id="lists"),
        pytest.param(pa.array(IMAGES.tolist(), pa.list_(pa.list_(pa.list_(pa.uint8(), 3)))), id="lists of uint8"),
        pytest.param(as_tensors(IMAGES), id="tensors"),
    ],
)
def test_a_parquet_file_gives_what_a_numpy_archive_gives(tmp_path, converted, column):
    wide = isinstance(column, list) and isinstance(column[0], list)
    options = {"test_share": 0.25} | ({"range": [0, 255]} if wide else {})
    expected = converted("numpy", **saved(tmp_path, images=IMAGES, labels=LABELS), test_share=0.25)
    result = converted("parquet", **table(tmp_path, image=column, label=LABELS), **options)
    for split in ("train", "test"):
        np.testing.assert_array_equal(getattr(result, split).images, getattr(expected, split).images)
        np.testing.assert_array_equal(getattr(result, split).labels, getattr(expected, split).labels)


def test_a_column_of_splits_tells_training_from_test_images(tmp_path, converted):
    split = np.array(["train"] * 9 + ["test"] * 3)
    result = converted("spikes", **table(tmp_path, image=as_tensors(IMAGES), label=LABELS, split=split))
    np.testing.assert_array_equal(result.train.images, IMAGES[:9])
    np.testing.assert_array_equal(result.test.images, IMAGES[9:])


def test_a_folder_of_parquet_files_tells_splits_by_their_names(tmp_path, converted, capfd):
    parts = {"train-00000-of-00002": slice(6), "train-00001-of-00002": slice(6, 9), "test": slice(9, 12)}
    for name, part in parts.items():
        columns = {"image": list(map(png, IMAGES[part])), "label": LABELS[part]}
        (tmp_path / "spikes").mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), tmp_path / f"spikes/{name}.parquet")
    (tmp_path / "spikes/validation.parquet").write_bytes(b"x")
    result = converted("spikes", kind="arrays", path=str(tmp_path / "spikes"))
    np.testing.assert_array_equal(result.train.images, IMAGES[:9])
    np.testing.assert_array_equal(result.test.labels, LABELS[9:])
    assert "validation.parquet is not used" in capfd.readouterr().err


def test_grey_images_need_no_axis_of_channels(tmp_path, converted):
    flat = converted("flat", **saved(tmp_path, images=IMAGES[..., 0], labels=LABELS), test_share=0.25)
    deep = converted("deep", **saved(tmp_path, images=IMAGES[..., :1], labels=LABELS), test_share=0.25)
    assert flat.train.shape == (6, 5, 1)
    np.testing.assert_array_equal(flat.train.images, deep.train.images)


@pytest.mark.parametrize("kind", [np.float16, np.float32, ">f8", np.int64, np.uint16])
def test_numbers_of_every_type_within_the_stated_range_are_scaled(tmp_path, converted, kind):
    images = (IMAGES % 17).astype(kind)
    result = converted("spikes", **saved(tmp_path, images=images, labels=LABELS), test_share=0.25, range=[0, 16])
    plain = converted("plain", **saved(tmp_path, images=IMAGES, labels=LABELS), test_share=0.25)
    expected = np.rint((plain.train.images % 17) * (255 / 16))
    np.testing.assert_array_equal(result.train.images, expected)


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_a_stored_value_is_off_by_at_most_half_a_step(low, width, shares):
    high = low + width
    values = np.clip(low + width * np.array(shares), low, high).reshape(-1, 1, 1, 1)
    stored = to_pixels(values, (low, high))
    assert stored.dtype == np.uint8
    assert (np.abs(low + stored / 255 * (high - low) - values) <= (high - low) / 510 * (1 + 1e-6) + 1e-9).all()


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"images": IMAGES / 255}, {}, r"type float64, not uint8: state their range"),
        ({"images": IMAGES.astype(np.uint16)}, {}, r"type uint16, not uint8: state their range"),
        ({"images": IMAGES > 9}, {}, r"type bool, not uint8"),
        ({"images": IMAGES * 1j}, {"range": [0, 1]}, r"type complex128: give numbers"),
        ({"images": IMAGES.astype(str)}, {}, r"type <U3: give numbers"),
        ({"images": IMAGES / 255 * 2}, {"range": [0, 1]}, r"image 0 has a pixel of 1\.\d+, outside the range 0 to 1"),
        ({"images": IMAGES / -255}, {"range": [0, 1]}, r"outside the range 0 to 1"),
        ({"images": np.where(IMAGES > 250, np.nan, 0.5)}, {"range": [0, 1]}, r"image \d+ has a pixel of nan"),
        ({"images": np.where(IMAGES > 250, np.inf, 0.5)}, {"range": [0, 1]}, r"image \d+ has a pixel of inf"),
        ({"images": IMAGES[0, :, :, 0]}, {}, r"of shape \(6, 5\): give \(N, H, W\)"),
        ({"images": IMAGES.reshape(12, -1)}, {}, r"of shape \(12, 90\): give \(N, H, W\)"),
        ({"images": np.moveaxis(IMAGES, 3, 1)}, {}, r"of shape \(12, 3, 6, 5\): .* channels last"),
        ({"images": IMAGES[:0]}, {}, r"holds no pixel"),
        ({"images": IMAGES[:, :0]}, {}, r"holds no pixel"),
        ({"labels": LABELS - 1}, {}, r"image \d+ has the label -1, but labels of 2 classes go from 0 to 1"),
        ({"labels": LABELS}, {"class_names": ["a", "b"]}, r"has the label 2, but labels of 2 classes"),
        ({"labels": LABELS + 0.5}, {}, r"entry 0 has 0.5, which is no whole number"),
        ({"labels": LABELS[:11]}, {}, r"shape \(11,\) where 12 examples need one value each"),
        ({"labels": np.where(LABELS == 1, 3, LABELS)}, {}, r"class '1' has no training image"),
        ({"labels": np.where(LABELS == 1, 10**18, LABELS)}, {}, r"the label 1000000000000000000: number the classes"),
        ({"labels": LABELS * 0}, {}, r"has 1 classes"),
        ({"labels": LABELS.astype(object)}, {}, r"pickle"),
        ({}, {"size": 8}, r"leave size out"),
        ({}, {"test_share": None}, r"state a test_share"),
    ],
)  # fmt: skip
def test_faulty_arrays_are_one_error_that_names_the_fault(tmp_path, converted, arrays, options, message):
    given = saved(tmp_path, **{"images": IMAGES, "labels": LABELS} | arrays)
    with pytest.raises(DataError, match=message):
        converted("spikes", **given, **{"test_share": 0.25} | options)
    assert not list(tmp_path.rglob("train.parquet"))


def test_test_images_of_another_size_are_refused(tmp_path, converted):
    given = saved(tmp_path, train_images=IMAGES, train_labels=LABELS, test_images=IMAGES[:, :4], test_labels=LABELS)
    with pytest.raises(DataError, match="of different shapes"):
        converted("spikes", **given)


def test_arrays_that_are_missing_are_named_with_those_that_are_there(tmp_path, converted):
    with pytest.raises(DataError, match="lacks 'images' and 'labels' and has 'x', 'y'"):
        converted("spikes", **saved(tmp_path, x=IMAGES, y=LABELS), test_share=0.2)
    with pytest.raises(DataError, match="lacks 'test_labels'"):
        converted("spikes", **saved(tmp_path, train_images=IMAGES, train_labels=LABELS, test_images=IMAGES))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": LABELS}, r"spikes.parquet lacks the column 'image' and has 'label'"),
        ({"image": IMAGES.reshape(12, -1).tolist(), "label": LABELS}, r"of shape \(12, 90\)"),
        ({"image": [*IMAGES.tolist()[:11], IMAGES[0, :5].tolist()], "label": LABELS}, r"differ in shape"),
        ({"image": [*IMAGES.tolist()[:11], None], "label": LABELS}, r"row 11 has no 'image'"),
        ({"image": [*map(png, IMAGES[:11]), None], "label": LABELS}, r"row 11 has no 'image'"),
        ({"image": [*map(png, IMAGES[:11]), b"x"], "label": LABELS}, r"image row 11 in .* neither JPEG nor PNG"),
        ({"image": list(map(png, IMAGES)), "label": [None, *LABELS[1:]]}, r"row 0 has no 'label'"),
        ({"image": list(map(png, IMAGES)), "label": LABELS, "split": ["val"] * 12}, r"column 'split' has 'val'"),
        ({"image": list(map(png, IMAGES)), "label": LABELS, "split": ["train"] * 12}, r"has no test images"),
    ],
)
def test_faulty_columns_are_one_error_that_names_the_row(tmp_path, converted, columns, message):
    with pytest.raises(DataError, match=message):
        converted("spikes", **table(tmp_path, **columns), **({} if "split" in columns else {"test_share": 0.25}))


def test_a_file_of_another_kind_is_refused(tmp_path, converted):
    np.save(tmp_path / "spikes.npy", IMAGES)
    with pytest.raises(DataError, match=r"'\.npy' are not read"):
        converted("spikes", kind="arrays", path=str(tmp_path / "spikes.npy"), test_share=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "array"}, "no kind of data 'array': choose one of arrays, image_folder"),
        ({"rnge": [0, 1]}, "no option 'rnge': allowed are path"),
        ({"range": [1, 0]}, "range must be two numbers"),
        ({"range": [0, float("inf")]}, "range must be two numbers"),
        ({"size": 0}, "size must be"),
        ({"test_share": 1}, "test_share must be"),
        ({"class_names": ["a", "a"]}, "class_names must be"),
        ({"split_seed": 0.5}, "'split_seed' of data set 'spikes' is 0.5"),
    ],
)
def test_options_that_no_data_could_have_are_refused(tmp_path, converted, options, message):
    with pytest.raises(ConfigError, match=message):
        converted("spikes", **saved(tmp_path, images=IMAGES, labels=LABELS) | options)


# What both kinds share

labels = st.lists(st.integers(0, 5), min_size=1, max_size=80).map(np.array)


@given(labels=labels, share=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_a_cut_puts_each_example_into_one_part_and_takes_the_share_of_each_class(labels, share, seed):
    train, test = cut(labels, share, np.random.default_rng(seed))
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(labels)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    for label, n in zip(*np.unique(labels, return_counts=True), strict=True):
        assert (labels[test] == label).sum() == min(round(share * n), n - 1)


@given(labels=labels, shares=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=2).map(sorted))
def test_a_larger_share_has_the_test_examples_of_a_smaller_one(labels, shares):
    small, large = (set(cut(labels, share, np.random.default_rng(0))[1]) for share in shares)
    assert small <= large


@given(n=st.integers(1, 40), rows=st.integers(1, 50), seed=st.integers(0, 99))
def test_moments_do_not_depend_on_blocks(n, rows, seed):
    images = pixels(n, 2, 3, 3, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rote.data.own.BLOCK", rows * 18)
        mean, std = moments(Split(np.zeros(n, np.int64), images.__getitem__), (2, 3, 3))
    np.testing.assert_allclose(mean, (images / 255).mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, (images / 255).std(axis=(0, 1, 2)), rtol=1e-9)


def test_columns_are_read_across_chunks():
    parts = [pa.array(part.tolist()) for part in (IMAGES[:5], IMAGES[5:])]
    np.testing.assert_array_equal(images_of("image", pa.chunked_array(parts)), IMAGES)


def test_a_folder_is_recorded_by_its_contents(tmp_path):
    manifest = tmp_path / "manifest.parquet"
    options = leaves(tmp_path, pictures()[0])
    fetch("leaves", options, data_root=None, folder=tmp_path, job=Job(), manifest=manifest)
    (row,) = pq.read_table(manifest).to_pylist()
    assert row["algorithm"] == "contents"
    assert row["path"] == options["path"]
    assert not row["published"]
