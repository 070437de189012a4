"""Small data sets in the published layouts, with checksums to match, and a server to download them from."""

import gzip
import pickle
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io
import torchvision

from rote.data.convert import convert
from rote.data.datasets import mini_imagenet, tiny_imagenet
from rote.data.fetch import fetch
from rote.data.images import load_images
from rote.job import Job
from tests.unit.data.data_files import PROVENANCE, md5, pixels, png, write_files, write_zip


@pytest.fixture
def converted(tmp_path):
    """Fetch from a data root, convert, load: both splits, with the folder they came to."""

    def run(name, data_root=None, seed=0, **options):
        folder = tmp_path / "results" / name
        fetch(
            name,
            options,
            data_root=data_root,
            folder=folder / "raw",
            job=Job(provenance=PROVENANCE),
            manifest=folder / "manifest.parquet",
        )
        train, test = folder / "train.parquet", folder / "test.parquet"
        convert(
            name,
            options,
            manifest=folder / "manifest.parquet",
            train=train,
            test=test,
            job=Job(seed, name, provenance=PROVENANCE),
        )
        return SimpleNamespace(train=load_images(train), test=load_images(test), folder=folder)

    return run


@pytest.fixture(params=["MNIST", "FashionMNIST"])
def idx(request, tmp_path, monkeypatch):
    """A data root with 60 training and 20 test images in MNIST's form."""
    published = getattr(torchvision.datasets, request.param)
    folder = tmp_path / "data_root" / request.param / "raw"
    folder.mkdir(parents=True)
    arrays = {
        "train-images-idx3-ubyte": pixels(60, 28, 28),
        "train-labels-idx1-ubyte": np.arange(60, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": pixels(20, 28, 28, seed=1),
        "t10k-labels-idx1-ubyte": np.arange(20, dtype=np.uint8)[::-1] % 10,
    }
    resources = []
    for name, array in arrays.items():
        header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        file = folder / f"{name}.gz"
        file.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))
        resources.append((file.name, md5(file)))
    monkeypatch.setattr(published, "resources", resources)
    name = {"MNIST": "mnist", "FashionMNIST": "fashion_mnist"}[request.param]
    return SimpleNamespace(name=name, root=tmp_path / "data_root", folder=folder, arrays=arrays, published=published)


@pytest.fixture(params=["CIFAR10", "CIFAR100"])
def cifar(request, tmp_path, monkeypatch):
    """A data root with 50 training and 10 test images in CIFAR's form, unpacked and as an archive beside it."""
    published = getattr(torchvision.datasets, request.param)
    root, archive_root = tmp_path / "data_root", tmp_path / "archive_root"
    folder = root / published.base_folder
    folder.mkdir(parents=True)
    archive_root.mkdir()
    key = "labels" if request.param == "CIFAR10" else "fine_labels"
    n_classes = 10 if request.param == "CIFAR10" else 100
    batches, images, labels = {}, {}, {}
    for split, files in (("train", published.train_list), ("test", published.test_list)):
        per_file = 50 // len(files) if split == "train" else 10
        for number, (file, _) in enumerate(files):
            data = pixels(per_file, 3, 32, 32, seed=number + 7 * (split == "test"))
            label = [(3 * i + number) % n_classes for i in range(per_file)]
            (folder / file).write_bytes(pickle.dumps({"data": data.reshape(per_file, -1), key: label}))
            batches[file] = md5(folder / file)
            images.setdefault(split, []).append(data.transpose(0, 2, 3, 1))
            labels.setdefault(split, []).extend(label)
    meta = published.meta["filename"]
    (folder / meta).write_bytes(pickle.dumps({published.meta["key"]: [f"class {i}" for i in range(n_classes)]}))
    with tarfile.open(archive_root / published.filename, "w:gz") as archive:
        archive.add(folder, published.base_folder)
    monkeypatch.setattr(published, "train_list", [[file, batches[file]] for file, _ in published.train_list])
    monkeypatch.setattr(published, "test_list", [[file, batches[file]] for file, _ in published.test_list])
    monkeypatch.setattr(published, "meta", {**published.meta, "md5": md5(folder / meta)})
    monkeypatch.setattr(published, "tgz_md5", md5(archive_root / published.filename))
    return SimpleNamespace(
        name=request.param.lower(),
        root=root,
        archive_root=archive_root,
        folder=folder,
        images={split: np.concatenate(parts) for split, parts in images.items()},
        labels=labels,
        published=published,
    )


@pytest.fixture
def svhn(tmp_path, monkeypatch):
    """A data root with 40 training and 20 test images in SVHN's form, where the label 10 stands for the digit 0."""
    root = tmp_path / "data_root"
    root.mkdir()
    split_list, arrays = {}, {}
    for split, n in (("train", 40), ("test", 20)):
        images, labels = pixels(n, 32, 32, 3, seed=n), np.arange(n) % 10 + 1
        file = root / f"{split}_32x32.mat"
        scipy.io.savemat(file, {"X": images.transpose(1, 2, 3, 0), "y": labels[:, None].astype(np.uint8)})
        split_list[split] = [f"http://localhost/{file.name}", file.name, md5(file)]
        arrays[split] = images, labels % 10
    monkeypatch.setattr(torchvision.datasets.SVHN, "split_list", split_list)
    return SimpleNamespace(root=root, arrays=arrays)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Tiny ImageNet's layout with 3 classes of 4 training and 2 test images: its files by name, and their pixels.

    `root(layout)` writes them below a data root, as a folder or a zip archive whose checksum then is the published.
    """
    for attribute, value in {"n_classes": 3, "train_per_class": 4, "test_per_class": 2}.items():
        monkeypatch.setattr(tiny_imagenet.DataSet, attribute, value)
    wnids = ["n03", "n01", "n02"]
    words = "n01\tgoldfish\nn02\tbell, toad\nn03\thouse\nn99\tnot used\n"
    files = {"wnids.txt": "\n".join(wnids).encode(), "words.txt": words.encode()}
    images = {}
    for wnid in wnids:
        for i in range(4):
            name = f"train/{wnid}/images/{wnid}_{i}.JPEG"
            images[name] = pixels(64, 64, 3, seed=len(images))
        files[f"train/{wnid}/{wnid}_boxes.txt"] = b"not read"
    annotations = []
    for i in range(6):
        images[f"val/images/val_{i}.JPEG"] = pixels(64, 64, 3, seed=len(images))
        annotations.append(f"val_{i}.JPEG\t{wnids[i % 3]}\t0\t0\t63\t63")
    files["val/val_annotations.txt"] = "\n".join(annotations).encode()
    files["test/images/test_0.JPEG"] = b"not read"
    files |= {name: png(image) for name, image in images.items()}
    data = SimpleNamespace(files=files, images=images, wnids=wnids)

    def root(layout="folder"):
        path = tmp_path / "data_root" / "tiny-imagenet-200"
        if layout == "folder":
            write_files(path, data.files)
        else:
            write_zip(path.with_suffix(".zip"), "tiny-imagenet-200/", data.files)
            monkeypatch.setattr(tiny_imagenet.DataSet, "md5", md5(path.with_suffix(".zip")))
        return path.parent

    data.root = root
    return data


@pytest.fixture
def mini(tmp_path, monkeypatch):
    """Mini-ImageNet's two layouts with 5 classes of 6 images; `root(files)` writes one below a data root."""
    monkeypatch.setattr(mini_imagenet.DataSet, "n_classes", 5)
    monkeypatch.setattr(mini_imagenet.DataSet, "per_class", 6)
    classes = {"train": ["n05", "n01", "n03"], "val": ["n02"], "test": ["n04"]}
    folders, listed, images = {}, {}, {}
    for split, wnids in classes.items():
        rows = ["filename,label"]
        for wnid in wnids:
            for i in range(6):
                image = pixels(84, 84, 3, seed=len(images))
                images[f"{wnid}{i}.jpg"] = image
                folders[f"{split}/{wnid}/{wnid}{i}.jpg"] = listed[f"images/{wnid}{i}.jpg"] = png(image)
                rows.append(f"{wnid}{i}.jpg,{wnid}")
        listed[f"{split}.csv"] = "\n".join(rows).encode()

    def root(files, layout="folder"):
        path = tmp_path / "data_root" / "mini-imagenet"
        if layout == "folder":
            write_files(path, files)
        else:
            write_zip(path.with_suffix(".zip"), layout, files)
        return path.parent

    return SimpleNamespace(folders=folders, listed=listed, images=images, root=root)


@pytest.fixture
def server(monkeypatch):
    """A server on this machine; `files` maps a path to its content, `cut` and `flip` spoil what it sends."""
    monkeypatch.setenv("no_proxy", "*")
    state = SimpleNamespace(files={}, cut=set(), flip=set(), requests=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.requests.append(self.path)
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.path in state.flip:
                content = bytes([content[0] ^ 1]) + content[1:]
            self.wfile.write(content[: len(content) // 2] if self.path in state.cut else content)

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_port}/"
    yield state
    running.shutdown()
    running.server_close()
    thread.join()
