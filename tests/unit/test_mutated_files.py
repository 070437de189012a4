"""Files from outside that are cut, flipped, swapped or saved otherwise: the right form or one clear error.

ROTE_MUTATIONS says how many files of each kind are tried; a search as wide as a release deserves takes 10000.
"""

import gzip
import hashlib
import io
import os
import tarfile
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, settings
from hypothesis import given as over
from hypothesis import strategies as st
from PIL import Image
from timm.models.mlp_mixer import MlpMixer

from rote.data.archives import unpack
from rote.data.datasets import mini_imagenet, mnist, tiny_imagenet
from rote.data.kinds import arrays as own_arrays
from rote.data.kinds import image_folder as own_folder
from rote.data.labels import given
from rote.errors import RoteError
from rote.memorization.published import read_published_scores
from rote.review.archive import CHECKSUMS, read_archive
from rote.seeds import Seeds
from rote.training.pretrained import fetch_weights

MUTATIONS = int(os.environ.get("ROTE_MUTATIONS", "40"))
TRUE = np.arange(12) % 3
SCORES = np.linspace(-1, 1, 12)
SWAPPED = (b"", b"\x00", b"<html>404</html>", b"\x93NUMPY", b"PK\x05\x06" + bytes(18), b"PAR1PAR1", b"\xff\xd8\xff\xd9")
CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037")


def saved(save, *arguments, **options):
    file = io.BytesIO()
    save(file, *arguments, **options)
    return file.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def picture(side, shade, kind):
    ramp = np.full((side, side, 3), shade, np.uint8)
    ramp[: side // 2] = np.arange(side, dtype=np.uint8)[:, None]
    return saved(Image.fromarray(ramp).save, kind)


@st.composite
def mutants(draw, content):
    """A file's content after one to three mishaps."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(("cut", "flip", "insert", "drop", "line ends", "encoding", "swap"))):
            case "cut":
                content = content[:place]
            case "flip" if place < len(content):
                content = content[:place] + bytes([content[place] ^ draw(st.integers(1, 255))]) + content[place + 1 :]
            case "insert":
                content = content[:place] + draw(st.binary(min_size=1, max_size=8)) + content[place:]
            case "drop":
                content = content[:place] + content[place + draw(st.integers(1, 40)) :]
            case "line ends":
                content = content.replace(b"\n", draw(st.sampled_from((b"\r\n", b"\r", b"\n\n", b" \n", b",\n"))))
            case "encoding":
                content = content.decode("latin-1").encode(draw(st.sampled_from(CODECS)), "replace")
            case "swap":
                content = draw(st.sampled_from(SWAPPED))
    return content


def packed_after(pack, content):
    """A file whose content had mishaps before it was packed, so that its checksums hold, or after."""
    return mutants(content).map(pack) | mutants(pack(content))


def members_after(pack, members):
    """An archive one of whose members had mishaps, or that had them itself."""
    spoiled = [
        mutants(content).map(lambda new, name=name: pack({**members, name: new})) for name, content in members.items()
    ]
    return st.one_of(*spoiled, mutants(pack(members)))


def labels_in(suffix, contents):
    def read(folder, content):
        path = folder / f"labels{suffix}"
        path.write_bytes(content)
        labels = given(TRUE, 3, path)
        assert labels.train_label.dtype == np.int64
        assert labels.train_label.shape == TRUE.shape
        assert set(labels.train_label) <= {0, 1, 2}

    return contents, read


def read_scores(folder, content):
    (folder / "scores").write_bytes(content)
    score = read_published_scores(folder / "scores", len(TRUE), labels=TRUE).score
    assert score.dtype == np.float64
    assert score.shape == TRUE.shape
    assert (np.abs(score) <= 1).all()


def unpacked(name):
    def read(folder, content):
        (folder / name).write_bytes(content)
        try:
            unpack(folder / name, folder / "out")
        finally:
            assert {path.name for path in folder.iterdir()} <= {name, "out"}
            assert not list(folder.rglob("*.part"))

    return read


class Mini(mini_imagenet.DataSet):
    n_classes, per_class = 3, 2


class Tiny(tiny_imagenet.DataSet):
    n_classes, train_per_class, test_per_class = 2, 2, 1


MINI_LISTED = {
    f"{split}.csv": f"filename,label\n{split}0.jpg,n_{split}\n{split}1.jpg,n_{split}\n".encode()
    for split in mini_imagenet.SPLITS
} | {
    f"images/{split}{i}.jpg": picture(84, 60 * i, kind)
    for split in mini_imagenet.SPLITS
    for i, kind in enumerate(("JPEG", "PNG"))
}
MINI_FOLDERS = {
    f"{split}/n_{split}/{i}.png": picture(84, 60 * i, "PNG") for split in mini_imagenet.SPLITS for i in range(2)
}
TINY = {
    "wnids.txt": b"n1\nn2\n",
    "words.txt": "n1\tgoldfish\nn2\tCafé\n".encode(),
    "val/val_annotations.txt": b"v0.JPEG\tn1\t0\t0\nv1.JPEG\tn2\t0\t0\n",
    "val/images/v0.JPEG": picture(64, 9, "JPEG"),
    "val/images/v1.JPEG": picture(64, 99, "JPEG"),
    **{f"train/{n}/images/{n}_{i}.JPEG": picture(64, 50 * i, "JPEG") for n in ("n1", "n2") for i in range(2)},
}
IDX = {
    f"{split}-{what}-idx{axes}-ubyte": bytes([0, 0, 8, axes])
    + b"".join(size.to_bytes(4, "big") for size in (4, 28, 28)[:axes])
    + (np.arange(4 * 28 ** (2 * (axes == 3))) % 10).astype(np.uint8).tobytes()
    for split in ("train", "t10k")
    for what, axes in (("images", 3), ("labels", 1))
}


OWN = {f"{name}/{i}.png": picture(8, 60 * i, "PNG") for name in ("ash", "elm") for i in range(2)}
OWN_IMAGES, OWN_LABELS = np.arange(4 * 8 * 8 * 3, dtype=np.uint8).reshape(4, 8, 8, 3), np.array([0, 0, 1, 1])
OWN_MEMBERS = {"images.npy": saved(np.save, OWN_IMAGES), "labels.npy": saved(np.save, OWN_LABELS)}
OWN_FLOATS = {**OWN_MEMBERS, "images.npy": saved(np.save, OWN_IMAGES / 255)}


def parquet(columns):
    return saved(lambda file: pq.write_table(pa.table(columns), file))


def read_images(data_set, path, folder):
    data_set.check({path.name: path})
    with data_set.contents({path.name: path}, folder, Seeds(0)) as contents:
        require_form(contents)


def require_form(contents):
    for split in (contents.train, contents.test):
        images = split.images(slice(0, len(split.labels)))
        assert images.dtype == np.uint8
        assert images.shape == (len(split.labels), *contents.shape)
        assert set(split.labels) <= set(range(len(contents.classes)))


def image_file(data_set, name="images.zip"):
    def read(folder, content):
        (folder / name).write_bytes(content)
        read_images(data_set, folder / name, folder)

    return read


def image_folder(data_set, files):
    """One file of a tree had mishaps, or another lies beside it."""
    names = st.sampled_from(sorted(files))
    changed = names.flatmap(lambda name: mutants(files[name]).map(lambda content: {**files, name: content}))
    beside = st.builds(
        lambda name, other: {**files, f"{Path(name).parent}/{other}": b"x"},
        names,
        st.sampled_from(
            (".DS_Store", "Thumbs.db", "._0.png", "desktop.ini", ".ipynb_checkpoints/0.png", "more.txt", "é")
        ),
    )

    def read(folder, files):
        for name, content in files.items():
            (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "images" / name).write_bytes(content)
        read_images(data_set, folder / "images", folder)

    return changed | beside, read


def read_idx(folder, files):
    found = {}
    for name, content in files.items():
        found[f"MNIST/raw/{name}.gz"] = folder / f"{name}.gz"
        (folder / f"{name}.gz").write_bytes(content)
    with mnist.DataSet().contents(found, folder / "scratch", Seeds(0)) as contents:
        require_form(contents)


WHOLE_IDX = {name: gzip.compress(content, mtime=0) for name, content in IDX.items()}
SPOILED_IDX = st.sampled_from(sorted(IDX)).flatmap(
    lambda name: packed_after(gzip.compress, IDX[name]).map(lambda content: {**WHOLE_IDX, name: content})
)
SIZES = {"patch_size": 4, "layers": 1, "hidden_size": 4, "input_size": 8, "token_mlp_size": 2, "channel_mlp_size": 4}
ARCHITECTURE = {"name": "pretrained_mlp_mixer", **SIZES}
MIXER = MlpMixer(img_size=8, patch_size=4, embed_dim=4, num_classes=3, num_blocks=1, mlp_ratio=(0.5, 1.0)).state_dict()
WEIGHTS = {name: torch.ones_like(tensor) for name, tensor in MIXER.items()}


def read_weights(folder, content):
    (folder / "model").write_bytes(content)
    fetch_weights(architecture=ARCHITECTURE, hub_identifier="a/b", copy=folder / "model", output=folder / "weights")
    fetched = safetensors.torch.load_file(folder / "weights")
    expected = {f"layers.{name}": tensor.shape for name, tensor in WEIGHTS.items() if not name.startswith("head.")}
    assert {name: tensor.shape for name, tensor in fetched.items()} == expected


def frozen(members):
    """An archive of results with these files, whose checksums fit."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members.items())
    return zipped({**members, CHECKSUMS: sums.encode()})


def read_frozen(folder, content):
    (folder / "frozen.zip").write_bytes(content)
    root = folder / "root"
    root.mkdir()
    try:
        results = read_archive(folder / "frozen.zip", root=root)
    except RoteError:
        assert list(root.iterdir()) == []  # nothing is placed of an archive that is refused
        raise
    assert results == Path("results/small")
    assert (root / results / "a.parquet").is_file()


CSV = "example,label,name\n" + "".join(f"{i},{new},é\n" for i, new in enumerate(TRUE))
TABLE = {"example": np.arange(12), "label": TRUE}
NPY_MEMBERS = {f"{name}.npy": saved(np.save, values) for name, values in TABLE.items()}
SCORE_MEMBERS = {
    f"{name}.npy": saved(np.save, values) for name, values in {"tr_mem": SCORES, "tr_labels": TRUE}.items()
}
DICTIONARY = pa.table({"example": pa.array(range(12)), "label": pa.array(TRUE.astype(str)).dictionary_encode()})
FROZEN = {"results/small/a.parquet": b"table" * 50, ".snakemake/metadata/a": b"{}", "ro-crate-metadata.json": b"{}"}
TREE = {"a/1.txt": b"one" * 50, "a/b/2": b"two" * 300, "3": b""}
READERS = {
    "labels npy": labels_in(".npy", mutants(saved(np.save, TRUE)) | mutants(saved(np.save, TRUE[:, None].astype(str)))),
    "labels npz": labels_in(".npz", members_after(zipped, NPY_MEMBERS)),
    "labels csv": labels_in(".csv", mutants(CSV.encode())),
    "labels parquet": labels_in(
        ".parquet",
        mutants(saved(lambda file: pq.write_table(pa.table(TABLE), file)))
        | mutants(saved(lambda file: pq.write_table(DICTIONARY, file))),
    ),
    "scores npy": (mutants(saved(np.save, SCORES)), read_scores),
    "scores npz": (members_after(zipped, SCORE_MEMBERS), read_scores),
    "mini zip": (members_after(zipped, MINI_LISTED), image_file(Mini())),
    "mini folder": image_folder(Mini(), MINI_FOLDERS),
    "mini lists": image_folder(Mini(), MINI_LISTED),
    "tiny zip": (members_after(zipped, TINY), image_file(Tiny())),
    "tiny folder": image_folder(Tiny(), TINY),
    "own zip": (members_after(zipped, OWN), image_file(own_folder.DataSet(test_share=0.5))),
    "own folder": image_folder(own_folder.DataSet(test_share=0.5, size=8), OWN),
    "own npz": (members_after(zipped, OWN_MEMBERS), image_file(own_arrays.DataSet(test_share=0.5), "own.npz")),
    "own floats": (
        members_after(zipped, OWN_FLOATS),
        image_file(own_arrays.DataSet(test_share=0.5, range=(0, 1)), "own.npz"),
    ),
    "own lists": (
        mutants(parquet({"image": OWN_IMAGES.tolist(), "label": OWN_LABELS})),
        image_file(own_arrays.DataSet(test_share=0.5, range=(0, 255)), "own.parquet"),
    ),
    "own pictures": (
        mutants(parquet({"image": list(OWN.values()), "label": OWN_LABELS})),
        image_file(own_arrays.DataSet(test_share=0.5), "own.parquet"),
    ),
    "tar.gz": (packed_after(gzip.compress, tarred(TREE)), unpacked("x.tar.gz")),
    "gz": (packed_after(gzip.compress, b"content" * 99), unpacked("x.gz")),
    "idx": (SPOILED_IDX, read_idx),
    "frozen results": (members_after(frozen, FROZEN), read_frozen),
    "weights": (mutants(safetensors.torch.save(WEIGHTS)), read_weights),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_spoiled_file_gives_what_its_form_promises_or_one_clear_error(reader):
    contents, read = READERS[reader]

    @over(contents)
    @settings(max_examples=MUTATIONS, database=None, suppress_health_check=list(HealthCheck))
    def search(content):
        with TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("error")
            with suppress(RoteError):
                read(Path(folder), content)

    search()
