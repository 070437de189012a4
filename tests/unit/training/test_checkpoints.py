import pytest
import torch

from rote import tables
from rote.errors import TrainingError
from rote.tables.training import CHECKPOINTS
from rote.training.checkpoints import load_checkpoint, load_weights, write_checkpoint
from rote.training.manifest import write_manifest
from tests.unit.small_networks import blueprint
from tests.unit.training.training_examples import network


@pytest.fixture
def manifest(tmp_path):
    """Manifest of two networks, of seeds 0 and 1, as epochs 0 and 5."""
    folder = tmp_path / "run" / "checkpoints"
    written = [write_checkpoint(network(seed), folder, epoch) for seed, epoch in ((0, 0), (1, 5))]
    write_manifest(tmp_path / "run" / "checkpoints.parquet", folder, written, blueprint(), {})
    return tmp_path / "run" / "checkpoints.parquet"


def file_of(manifest, epoch):
    rows = tables.read(manifest, CHECKPOINTS).to_pylist()
    return manifest.parent / next(row["file"] for row in rows if row["epoch"] == epoch)


def test_a_checkpoint_gives_back_every_parameter_and_buffer(manifest):
    model = network(2)
    load_checkpoint(model, manifest, 5)
    for name, tensor in network(1).state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)


def test_the_memory_format_of_the_network_does_not_change_the_file(tmp_path):
    plain = write_checkpoint(network(), tmp_path / "a", 0)
    assert write_checkpoint(network().to(memory_format=torch.channels_last), tmp_path / "b", 0) == plain


def test_a_manifest_and_its_folder_can_be_moved(manifest, tmp_path):
    moved = manifest.parent.rename(tmp_path / "elsewhere") / manifest.name
    for epoch in (0, 5):
        load_checkpoint(network(2), moved, epoch)


def test_an_epoch_outside_the_grid_is_refused_and_the_nearest_named(manifest):
    with pytest.raises(TrainingError, match="no checkpoint of epoch 4; the nearest is epoch 5"):
        load_checkpoint(network(), manifest, 4)


def test_a_flipped_bit_is_found(manifest):
    path = file_of(manifest, 5)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"epoch_000005\.safetensors is damaged"):
        load_checkpoint(network(), manifest, 5)


def test_a_dropped_checkpoint_is_named_with_the_remedy(manifest):
    file_of(manifest, 5).unlink()
    load_checkpoint(network(), manifest, 0)
    with pytest.raises(TrainingError, match=r"epoch_000005\.safetensors was dropped.*Delete .*checkpoints.parquet"):
        load_checkpoint(network(), manifest, 5)


def test_weights_of_another_network_are_refused(manifest):
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3))
    with pytest.raises(TrainingError, match=r"another network: 0.bias is \(4,\) there and \(5,\)"):
        load_checkpoint(other, manifest, 0)


def test_starting_weights_come_from_a_checkpoint(manifest):
    model = network(2)
    load_weights(model, file_of(manifest, 5))
    assert torch.equal(model[0].weight, network(1)[0].weight)


def test_starting_weights_that_are_missing_or_no_safetensors_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="do not exist"):
        load_weights(network(), tmp_path / "none.safetensors")
    (tmp_path / "some.pt").write_bytes(b"PK not a tensor in sight")
    with pytest.raises(TrainingError, match="not a safetensors file"):
        load_weights(network(), tmp_path / "some.pt")
