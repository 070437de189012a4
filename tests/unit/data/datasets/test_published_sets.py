"""Each published data set: what its files hold is what the tables give."""

import gzip
import pickle

import numpy as np
import pytest
from PIL import Image

from rote.errors import DataError
from tests.unit.data.data_files import md5, png


def test_idx_files_give_their_images_and_labels(idx, converted):
    result = converted(idx.name, idx.root)
    np.testing.assert_array_equal(result.train.images[..., 0], idx.arrays["train-images-idx3-ubyte"])
    np.testing.assert_array_equal(result.train.labels, idx.arrays["train-labels-idx1-ubyte"])
    np.testing.assert_array_equal(result.test.images[..., 0], idx.arrays["t10k-images-idx3-ubyte"])
    np.testing.assert_array_equal(result.test.labels, idx.arrays["t10k-labels-idx1-ubyte"])
    assert result.train.classes == tuple(idx.published.classes)


@pytest.mark.parametrize("form", ["root", "archive_root"])
def test_cifar_batches_give_their_images_and_labels_unpacked_or_not(cifar, converted, form):
    result = converted(cifar.name, getattr(cifar, form))
    for split in ("train", "test"):
        images = getattr(result, split)
        np.testing.assert_array_equal(images.images, cifar.images[split])
        np.testing.assert_array_equal(images.labels, cifar.labels[split])
        assert images.classes[3] == "class 3"
        assert images.n_classes == len(images.classes) == int(cifar.name.removeprefix("cifar"))


class Trap:
    """A pickle that leaves a trace when it is opened."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


def test_a_pickle_with_another_checksum_is_refused_unread(cifar, converted, tmp_path):
    batch = cifar.folder / cifar.published.test_list[0][0]
    batch.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(DataError, match=rf"{batch.name} has the md5 checksum"):
        converted(cifar.name, cifar.root)
    assert not (tmp_path / "sprung").exists()


def test_svhn_gives_its_images_with_the_digit_0_as_class_0(svhn, converted):
    result = converted("svhn", svhn.root)
    for split, (images, labels) in svhn.arrays.items():
        np.testing.assert_array_equal(getattr(result, split).images, images)
        np.testing.assert_array_equal(getattr(result, split).labels, labels)
    assert result.train.classes[0] == "0"


@pytest.mark.parametrize("layout", ["folder", "zip"])
def test_tiny_imagenet_gives_its_images_and_labels(tiny, converted, layout):
    result = converted("tiny_imagenet", tiny.root(layout))
    assert result.train.classes == ("goldfish", "bell, toad", "house")
    wnids = sorted(tiny.wnids)
    names = [f"train/{wnid}/images/{wnid}_{i}.JPEG" for wnid in wnids for i in range(4)]
    np.testing.assert_array_equal(result.train.images, [tiny.images[name] for name in names])
    np.testing.assert_array_equal(result.train.labels, np.repeat(np.arange(3), 4))
    np.testing.assert_array_equal(result.test.images, [tiny.images[f"val/images/val_{i}.JPEG"] for i in range(6)])
    np.testing.assert_array_equal(result.test.labels, [wnids.index(tiny.wnids[i % 3]) for i in range(6)])


def test_a_grey_image_among_colour_ones_has_three_equal_channels(tiny, converted):
    grey = np.arange(64 * 64, dtype=np.uint32).reshape(64, 64).astype(np.uint8)
    tiny.files["val/images/val_0.JPEG"] = png(grey)
    image = converted("tiny_imagenet", tiny.root()).test.images[0]
    np.testing.assert_array_equal(image, np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("layout", ["folder", "", "mini-imagenet/"])
def test_mini_imagenet_pools_its_splits_and_cuts_them_five_to_one(mini, converted, layout):
    result = converted("mini_imagenet", mini.root(mini.folders, layout))
    wnids = ("n01", "n02", "n03", "n04", "n05")
    assert result.train.classes == wnids
    assert (len(result.train.images), len(result.test.images)) == (25, 5)
    seen = []
    for split in (result.train, result.test):
        for image, label in zip(split.images, split.labels, strict=True):
            (name,) = (name for name, published in mini.images.items() if np.array_equal(image, published))
            assert name.startswith(wnids[label])
            seen.append(name)
    assert sorted(seen) == sorted(mini.images)


def test_both_layouts_of_mini_imagenet_give_the_same_cut(mini, converted, tmp_path):
    first = converted("mini_imagenet", mini.root(mini.folders)).train
    (tmp_path / "data_root").rename(tmp_path / "other")
    second = converted("mini_imagenet", mini.root(mini.listed)).train
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)


def test_the_cut_of_mini_imagenet_follows_the_study_seed_and_its_own(mini, converted):
    root = mini.root(mini.folders)
    cuts = [
        converted("mini_imagenet", root, seed=seed, split_seed=number).test.images.tobytes()
        for seed, number in [(0, 0), (0, 0), (1, 0), (0, 1)]
    ]
    assert cuts[0] == cuts[1]
    assert len(set(cuts)) == 3


def test_a_large_mini_imagenet_image_is_resized(mini, converted):
    large = np.full((120, 200, 3), 77, dtype=np.uint8)
    mini.folders["test/n04/n040.jpg"] = png(large)
    result = converted("mini_imagenet", mini.root(mini.folders))
    images = np.concatenate([result.train.images, result.test.images])
    assert images.shape == (30, 84, 84, 3)
    assert (images == 77).all(axis=(1, 2, 3)).sum() == 1


def test_a_photograph_is_decoded_as_pillow_decodes_it(tiny, converted, tmp_path):
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    photograph = np.stack([np.tile(ramp, (64, 1)), np.tile(ramp[:, None], (1, 64)), np.full((64, 64), 50, np.uint8)], 2)
    Image.fromarray(photograph).save(tmp_path / "photograph.jpg", quality=90)
    tiny.files["val/images/val_0.JPEG"] = (tmp_path / "photograph.jpg").read_bytes()
    image = converted("tiny_imagenet", tiny.root()).test.images[0]
    assert np.abs(image.astype(int) - photograph).mean() < 4


def test_digits_are_scikit_learns_with_a_balanced_test_set(converted):
    from sklearn.datasets import load_digits

    result = converted("digits")
    np.testing.assert_array_equal(np.bincount(result.test.labels), np.full(10, 36))
    ours = np.concatenate([result.train.images, result.test.images])
    labels = np.concatenate([result.train.labels, result.test.labels])
    back = np.rint(ours[..., 0] * (16 / 255)).astype(int)
    published = load_digits()
    mine = sorted((label, *image.ravel()) for label, image in zip(labels, back, strict=True))
    theirs = zip(published.target, published.images.astype(int), strict=True)
    assert mine == sorted((label, *image.ravel()) for label, image in theirs)


def test_digits_normalised_by_their_constants_have_mean_0_and_deviation_1(converted):
    train = converted("digits").train
    normalised = (train.images / 255 - train.mean) / train.std
    assert abs(normalised.mean()) < 1e-12
    assert abs(normalised.std() - 1) < 1e-12


def test_a_folder_with_a_missing_class_is_refused_by_its_name(tiny, mini, converted):
    tiny.files = {name: content for name, content in tiny.files.items() if "n02/images" not in name}
    with pytest.raises(DataError, match=r"tiny-imagenet-200 holds 0 images of class 'n02' where 4"):
        converted("tiny_imagenet", tiny.root())
    kept = {name: content for name, content in mini.folders.items() if "n02" not in name}
    with pytest.raises(DataError, match="mini-imagenet holds 4 classes, not 5"):
        converted("mini_imagenet", mini.root(kept))


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("train/n01/images/n01_2.JPEG", "holds 3 images of class 'n01' where 4"),
        ("val/images/val_3.JPEG", "lacks val/images/val_3.JPEG"),
        ("wnids.txt", "lacks wnids.txt"),
        ("val/val_annotations.txt", "val/val_annotations.txt"),
    ],
)
def test_tiny_imagenet_with_a_missing_file_is_refused_before_anything_is_written(
    tiny, converted, tmp_path, gone, message
):
    del tiny.files[gone]
    with pytest.raises(DataError, match=message):
        converted("tiny_imagenet", tiny.root())
    assert not list((tmp_path / "results").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("images/n014.jpg", "lacks images/n014.jpg"),
        ("val.csv", "lacks val.csv"),
        ("train.csv", "neither train.csv nor a folder 'train'"),
    ],
)
def test_mini_imagenet_with_a_missing_file_is_refused(mini, converted, gone, message):
    del mini.listed[gone]
    with pytest.raises(DataError, match=message):
        converted("mini_imagenet", mini.root(mini.listed))


def test_a_list_of_another_form_is_refused(mini, converted):
    mini.listed["val.csv"] = b"file,class\na,b\n"
    with pytest.raises(DataError, match=r"val.csv .* lacks the columns 'filename' and 'label'"):
        converted("mini_imagenet", mini.root(mini.listed))


@pytest.mark.parametrize("layout", ["folder", "zip"])
def test_a_truncated_image_is_refused_by_its_name_and_no_table_is_left(tiny, converted, tmp_path, layout):
    name = "val/images/val_5.JPEG"
    tiny.files[name] = tiny.files[name][:3000]
    with pytest.raises(DataError, match=rf"{name} in .*tiny-imagenet-200.* cannot be read as an image"):
        converted("tiny_imagenet", tiny.root(layout))
    written = {path.name for path in (tmp_path / "results").rglob("*") if path.is_file()}
    assert written == {"manifest.parquet"}


def test_an_image_of_another_size_is_refused(tiny, converted):
    tiny.files["val/images/val_5.JPEG"] = png(np.zeros((64, 32, 3), np.uint8))
    with pytest.raises(DataError, match=r"val_5\.JPEG in .* has 32×64 pixels, not 64×64"):
        converted("tiny_imagenet", tiny.root())


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "._n010.jpg", ".ipynb_checkpoints/n010-checkpoint.jpg"])
@pytest.mark.parametrize("folder", ["train/n01", "train", "."])
def test_what_systems_leave_in_mini_imagenet_is_no_image_and_no_class(mini, converted, tmp_path, folder, name):
    plain = converted("mini_imagenet", mini.root(mini.folders)).train
    found = converted("mini_imagenet", mini.root({f"{folder}/{name}": b"x"})).train
    np.testing.assert_array_equal(found.images, plain.images)
    assert found.classes == plain.classes


def resaved(change):
    return lambda files: {
        name: change(content.decode()).encode() if name.endswith((".csv", ".txt")) else content
        for name, content in files.items()
    }


def moved(change):
    return lambda files: {change(name): content for name, content in files.items()}


@pytest.mark.parametrize(
    "change",
    [
        resaved(lambda text: "\ufeff" + text),
        resaved(lambda text: text.replace(",", ", ")),
        resaved(lambda text: text.replace("\n", "\r\n\r\n") + "\r\n"),
        resaved(lambda text: "".join(f"{number},{line}\n" for number, line in enumerate(text.splitlines()))),
        moved(lambda name: name.replace(".jpg", ".JPG")),
        moved(lambda name: name.replace("images/n0", "images/deep/n0")),
        moved(lambda name: name.replace("images/n0", "train/n0")),
    ],
    ids=["byte-order mark", "spaces", "blank lines", "an index", "capitals", "deeper folders", "other folders"],
)
def test_lists_of_mini_imagenet_mean_the_same_however_they_and_the_images_were_saved(mini, converted, change):
    plain = converted("mini_imagenet", mini.root(mini.folders)).train
    for file in (mini.root({}) / "mini-imagenet").rglob("*.jpg"):
        file.unlink()
    found = converted("mini_imagenet", mini.root(change(mini.listed))).train
    np.testing.assert_array_equal(found.images, plain.images)
    np.testing.assert_array_equal(found.labels, plain.labels)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the columns"),
        (b"filename,label\n", "it lists no images"),
        (b"filename,label\nx.jpg\n", "line 2 has 1 values"),
        (b"filename,label\nx.jpg,\n", "line 2 lacks a file name or a label"),
        (b"filename,label\nx.jpg,caf\xe9\n", "line 2 is not UTF-8"),
    ],
)
def test_a_list_that_is_bad_is_named_with_its_line(mini, converted, content, message):
    mini.listed["val.csv"] = content
    with pytest.raises(DataError, match=rf"val\.csv in .*mini-imagenet cannot be read .*{message}.*Unpack or copy"):
        converted("mini_imagenet", mini.root(mini.listed))


def test_an_image_that_is_listed_twice_is_refused(mini, converted):
    mini.listed["val.csv"] = mini.listed["val.csv"].replace(b"n021.jpg", b"n020.jpg")
    with pytest.raises(DataError, match=r"lists images/n020\.jpg more than once"):
        converted("mini_imagenet", mini.root(mini.listed))


@pytest.mark.parametrize(
    "change",
    [
        resaved(lambda text: "\ufeff" + text),
        resaved(lambda text: text.replace("\n", "\r\n\r\n") + "\r\n"),
        moved(lambda name: name.replace("val/images/", "val/by_class/")),
    ],
    ids=["byte-order mark", "blank lines", "validation images elsewhere"],
)
def test_tiny_imagenet_means_the_same_however_it_was_saved(tiny, converted, change):
    plain = {name: content for name, content in tiny.images.items() if "val" in name}
    tiny.files = change(tiny.files)
    found = converted("tiny_imagenet", tiny.root())
    np.testing.assert_array_equal(found.test.images, list(plain.values()))
    assert found.train.classes == ("goldfish", "bell, toad", "house")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("val/val_annotations.txt", b"val_0.JPEG\n", "line 1 has 1 fields, not 2"),
        ("words.txt", b"n01\tgoldfish\nn02 toad\n", "line 2 has 1 fields, not 2"),
        ("words.txt", b"n01\tcaf\xe9\n", "line 1 is not UTF-8"),
    ],
)
def test_a_list_of_tiny_imagenet_that_is_bad_is_named_with_its_line(tiny, converted, name, content, message):
    tiny.files[name] = content
    with pytest.raises(DataError, match=rf"{name} in .*tiny-imagenet-200 cannot be read as a list: {message}"):
        converted("tiny_imagenet", tiny.root())


def test_files_whose_numbers_do_not_fit_are_refused_by_their_names(idx, converted):
    file = idx.folder / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 20, *[10] * 20])))
    idx.published.resources[[name for name, _ in idx.published.resources].index(file.name)] = (file.name, md5(file))
    with pytest.raises(DataError, match=rf"{file.name}.* labels go from 10 to 10, but there are 10 classes"):
        converted(idx.name, idx.root)
