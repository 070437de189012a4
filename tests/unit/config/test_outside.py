import copy

import pytest

from rote.config.files import load
from rote.config.outside import check_files, expanded
from rote.config.reference import ROOT
from rote.config.validation import resolved
from rote.errors import ConfigError

DEMO = resolved(load(ROOT / "config/demo.yaml"))
KEYS = ("datasets.leaves.path", "labels.human.file", "weights.own.copy", "memorization.published.others.file")


def naming(labels="human.npy", weights="own.safetensors", scores="others.npz", data_root=None, images="leaves"):
    """The demo with a file of each kind from outside."""
    config = copy.deepcopy(DEMO) | {"data_root": data_root}
    config["datasets"]["leaves"] = {"kind": "image_folder", "path": images}
    config["labels"]["human"] = {"file": labels}
    config["weights"]["own"] = {"architecture": "k8", "hub_identifier": "owner/name", "copy": weights}
    config["memorization"]["published"]["others"] = {"dataset": "digits", "file": scores}
    return config


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with a file of each kind; published scores lie in its `data`."""
    (tmp_path / "data").mkdir()
    (tmp_path / "leaves").mkdir()
    for name in ("human.npy", "own.safetensors", "data/others.npz"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_files_that_are_there_are_accepted(here):
    check_files(naming())
    check_files(naming(data_root=str(here / "data")))


def test_a_configuration_that_names_no_file_needs_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_files(expanded(DEMO))


@pytest.mark.parametrize(
    ("key", "mistyped"),
    [
        (KEYS[0], {"images": "x.npy"}),
        (KEYS[1], {"labels": "x.npy"}),
        (KEYS[2], {"weights": "x.npy"}),
        (KEYS[3], {"scores": "x.npy"}),
    ],
)
def test_a_missing_file_is_named_with_its_key_and_where_it_was_looked_for(here, key, mistyped):
    with pytest.raises(ConfigError) as error:
        check_files(naming(**mistyped))
    place = here / "data/x.npy" if key == KEYS[3] else here / "x.npy"
    assert f"{key}: there is no file" in str(error.value)
    assert f"({place})" in str(error.value)
    assert str(error.value).count("there is no") == 1


def test_a_folder_is_no_file(here):
    with pytest.raises(ConfigError, match=r"labels\.human\.file"):
        check_files(naming(labels="data"))


@pytest.mark.parametrize("data_root", ["nowhere", "human.npy"])
def test_a_data_root_that_is_no_folder_is_named(here, data_root):
    with pytest.raises(ConfigError, match=f"data_root: there is no folder {data_root}"):
        check_files(naming(data_root=data_root), planned=True)


def test_all_that_is_missing_is_named_in_one_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as error:
        check_files(naming(data_root="nowhere"))
    for key in (*KEYS, "data_root"):
        assert f"- {key}: there is no" in str(error.value)


def test_a_plan_needs_all_but_published_scores(here):
    check_files(naming(scores="x.npz"), planned=True)
    with pytest.raises(ConfigError, match=r"labels\.human\.file"):
        check_files(naming(labels="x.npy"), planned=True)


def test_the_home_folder_stands_in_for_a_tilde_in_every_path(here):
    config = expanded(naming("~/human.npy", "~/own.safetensors", "~/data/others.npz", "~/data", "~/leaves"))
    check_files(config)
    assert config["datasets"]["leaves"]["path"] == str(here / "leaves")
    assert config["labels"]["human"]["file"] == str(here / "human.npy")
    assert config["weights"]["own"]["copy"] == str(here / "own.safetensors")
    assert config["memorization"]["published"]["others"]["file"] == str(here / "data/others.npz")
    assert config["data_root"] == str(here / "data")


def test_paths_without_a_tilde_and_the_configuration_given_stay_as_they_are():
    given = naming("~/human.npy")
    before = copy.deepcopy(given)
    assert expanded(naming()) == naming()
    expanded(given)
    assert given == before


def test_a_configuration_needs_no_data_root(here):
    config = naming()
    del config["data_root"]
    check_files(expanded(config))
