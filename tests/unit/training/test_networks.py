import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, DataError, TableError, TrainingError
from rote.job import Job
from rote.models.build import build
from rote.tables.training import CHECKPOINTS
from rote.training.blueprint import Blueprint
from rote.training.inputs import Normalisation
from rote.training.networks import open_network
from rote.training.run import train_run
from rote.training.spec import Spec
from tests.unit.small_networks import PLAIN, SHAPE, blueprint, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

CPU = torch.device("cpu")
N, SEED = 20, 3
RECIPE = {
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "epochs": 2,
    "batch_size": 8,
    "precision": "bfloat16",
    "channels_last": False,
}


def pixels(n=N):
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8)


@pytest.fixture
def manifest(tmp_path):
    """Of a plain network's random weights, as epochs 0 and 5."""
    return write_checkpoints(tmp_path, {0: network(PLAIN, 0), 5: network(PLAIN, 1)})


@pytest.fixture
def trained(tmp_path):
    """Manifest of a training by a recipe that leaves no default as it is."""
    write_images(tmp_path / "images.parquet", pixels(), np.arange(N) % 4, mean=(0.4,), std=(0.2,))
    write_labels(tmp_path / "labels.parquet", np.arange(N) % 4)
    images = tmp_path / "images.parquet"
    train_run(
        spec={"architecture": {"name": "resnet", "width": 4}, "recipe": RECIPE},
        train=images,
        test=images,
        labels=tmp_path / "labels.parquet",
        history=tmp_path / "history.parquet",
        checkpoints=tmp_path / "checkpoints.parquet",
        job=Job(SEED, "a run"),
    )
    return tmp_path / "checkpoints.parquet"


def test_a_manifest_says_all_that_its_network_is_built_of(trained):
    found = Blueprint.read(trained)
    assert (found.image_shape, found.n_classes, found.mean, found.std) == (SHAPE, 4, (0.4,), (0.2,))
    assert (found.precision, found.channels_last) == ("bfloat16", False)
    assert found.architecture["name"] == "resnet"


def test_options_that_a_configuration_leaves_out_are_recorded(trained):
    given, recorded = {"name": "resnet", "width": 4}, Blueprint.read(trained).architecture
    assert given.items() < recorded.items()
    options = {key: value for key, value in recorded.items() if key != "name"}
    whole = build("resnet", image_shape=SHAPE, n_classes=4, seed=0, **options)
    assert str(whole) == str(build("resnet", image_shape=SHAPE, n_classes=4, seed=0, width=4))


def test_a_network_opened_by_its_manifest_alone_is_the_one_that_was_trained(manifest):
    opened, expected = open_network(manifest), network(PLAIN, 1).eval()
    inputs = Normalisation([0.5], [0.3], CPU)(torch.from_numpy(pixels()))
    assert torch.equal(opened.normalisation(torch.from_numpy(pixels())), inputs)
    with torch.inference_mode():
        torch.testing.assert_close(opened.model(inputs), expected(inputs))
    assert not opened.model.training


def test_predictions_are_in_the_precision_of_training(trained):
    opened = open_network(trained)
    found = opened.predict(pixels())
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        expected = opened.model(opened.normalisation(torch.from_numpy(pixels())))
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, expected)


def test_the_last_epoch_is_opened_unless_one_is_asked_for(manifest):
    assert [open_network(manifest, epoch).epoch for epoch in (None, 0, 5)] == [5, 0, 5]
    for epoch, seed in ((0, 0), (5, 1)):
        state = open_network(manifest, epoch).model.state_dict()
        assert all(torch.equal(state[name], tensor) for name, tensor in network(PLAIN, seed).state_dict().items())


@pytest.mark.parametrize("channels_last", [True, False])
def test_weights_lie_in_memory_as_in_training_or_as_asked_for(tmp_path, channels_last):
    built = {"architecture": {"name": "preactivation_resnet18", "width": 2}, "channels_last": channels_last}
    manifest = write_checkpoints(tmp_path, {0: blueprint(**built).untrained(0)}, **built)
    wanted = torch.channels_last if channels_last else torch.contiguous_format
    other = torch.contiguous_format if channels_last else torch.channels_last
    for opened, layout in ((open_network(manifest), wanted), (open_network(manifest, None, CPU, other), other)):
        weights = [weight for weight in opened.model.parameters() if weight.ndim == 4]
        assert all(weight.is_contiguous(memory_format=layout) for weight in weights)


def test_the_same_network_is_built_untrained_from_a_seed(manifest):
    untrained, expected = open_network(manifest).blueprint.untrained(7), network(PLAIN, 7)
    assert untrained.training
    for name, tensor in expected.state_dict().items():
        assert torch.equal(untrained.state_dict()[name], tensor)


@pytest.mark.parametrize("lost", ["architecture", "image_shape", "n_classes", "mean", "std", "all"])
def test_a_manifest_that_does_not_say_what_its_network_is_is_refused_with_the_remedy(manifest, lost):
    recorded, columns = tables.provenance(manifest), tables.read(manifest, CHECKPOINTS).to_pydict()
    recorded["network"] = {key: value for key, value in recorded["network"].items() if lost not in (key, "all")}
    tables.write(manifest, CHECKPOINTS, columns, recorded)
    with pytest.raises(TableError, match=r"checkpoints\.parquet does not say all .* lacks the key .*Delete it and run"):
        open_network(manifest)


def test_a_manifest_without_a_blueprint_is_refused_too(manifest):
    tables.write(manifest, CHECKPOINTS, tables.read(manifest, CHECKPOINTS).to_pydict(), {})
    with pytest.raises(TableError, match="another version of this code wrote it"):
        open_network(manifest)


def test_a_manifest_without_checkpoints_or_without_the_epoch_is_refused(manifest, tmp_path):
    with pytest.raises(TrainingError, match="no checkpoint of epoch 3"):
        open_network(manifest, 3)
    with pytest.raises(DataError, match="lists no checkpoint"):
        open_network(write_checkpoints(tmp_path / "none", {}))
    with pytest.raises(TableError, match="is missing"):
        open_network(tmp_path / "nowhere.parquet")


def test_images_of_another_size_are_refused(manifest):
    with pytest.raises(DataError, match=r"takes images \(n, 8, 8, 1\), not \(2, 4, 4, 1\)"):
        open_network(manifest).predict(np.zeros((2, 4, 4, 1), np.uint8))


def test_an_unknown_architecture_has_no_blueprint(trained):
    images = type("Images", (), {"shape": SHAPE, "n_classes": 4, "mean": (0.5,), "std": (0.3,)})
    with pytest.raises(ConfigError, match="Did you mean resnet"):
        Blueprint.of({"name": "resnt"}, images)


@pytest.mark.parametrize(
    ("input_scaling", "black", "white"),
    [("standardised", -0.5 / 0.3, 0.5 / 0.3), ("symmetric", -1, 1), ("unit", 0, 1)],
)
def test_inputs_lie_where_the_recipe_scales_them(input_scaling, black, white):
    images = type("Images", (), {"shape": SHAPE, "n_classes": 4, "mean": (0.5,), "std": (0.3,)})
    recipe = {"optimizer": {"name": "adam", "learning_rate": 0.01}, "epochs": 1, "input_scaling": input_scaling}
    blueprint = Spec({"name": "mlp", "hidden": [4]}, recipe).blueprint(images)
    pixels = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1)
    inputs = blueprint.normalisation(torch.device("cpu"))(pixels).flatten()
    assert inputs.tolist() == pytest.approx([black, white], abs=1e-6)
