"""From a file in timm's naming to a network of ours that computes the same."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub.constants
import pytest
import safetensors.torch
import torch
from timm.models.mlp_mixer import MlpMixer
from timm.models.vision_transformer import VisionTransformer

from rote import tensors
from rote.errors import ConfigError, DataError, TrainingError
from rote.job import Job
from rote.models.build import build
from rote.training.checkpoints import load_checkpoint, load_weights
from rote.training.pretrained import fetch_weights
from rote.training.run import train_run
from tests.unit.training.training_examples import examples, write_images, write_labels

SIDE, PUBLISHED_CLASSES, CLASSES = 16, 11, 5
SIZES = {"patch_size": 4, "layers": 2, "hidden_size": 24, "input_size": SIDE}
TIMM = {"img_size": SIDE, "patch_size": 4, "embed_dim": 24, "num_classes": PUBLISHED_CLASSES}
CASES = {
    "transformer": (
        {"name": "pretrained_vision_transformer", "heads": 3, "mlp_size": 40, **SIZES},
        lambda: VisionTransformer(**TIMM, depth=2, num_heads=3, mlp_ratio=40.5 / 24),
    ),
    "mixer": (
        {"name": "pretrained_mlp_mixer", "token_mlp_size": 12, "channel_mlp_size": 48, **SIZES},
        lambda: MlpMixer(**TIMM, num_blocks=2, mlp_ratio=(0.5, 2.0)),
    ),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def published(request, tmp_path):
    """Architecture, timm's own network of other weights than a fresh one, and its file."""
    architecture, make = request.param
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = make().eval()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    safetensors.torch.save_file(model.state_dict(), tmp_path / "model.safetensors")
    return architecture, model, tmp_path / "model.safetensors"


def fresh(architecture, n_classes=CLASSES, seed=0):
    options = {key: value for key, value in architecture.items() if key != "name"}
    shape = (SIDE, SIDE, 3)
    return build(architecture["name"], image_shape=shape, n_classes=n_classes, seed=seed, **options).eval()


def fetch(published, output, **options):
    architecture, _, copy = published
    fetch_weights(
        **{"architecture": architecture, "hub_identifier": "timm/tiny", "copy": copy, **options}, output=output
    )
    return output


def test_below_the_head_the_network_computes_what_timm_s_does(published, tmp_path):
    architecture, theirs, _ = published
    ours = fresh(architecture)
    load_weights(ours, fetch(published, tmp_path / "weights.safetensors"))
    images = torch.randn(4, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before_head = theirs.forward_head(theirs.forward_features(images), pre_logits=True)
        torch.testing.assert_close(ours(images), ours.layers.head(before_head), rtol=1e-5, atol=1e-5)


def test_with_timm_s_head_the_logits_are_timm_s(published, tmp_path):
    architecture, theirs, _ = published
    ours = fresh(architecture, PUBLISHED_CLASSES)
    load_weights(ours, fetch(published, tmp_path / "weights.safetensors"))
    ours.layers.head.load_state_dict(theirs.head.state_dict())
    images = torch.randn(4, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-5, atol=1e-5)


def test_the_head_stays_freshly_drawn_and_the_file_names_it(published, tmp_path):
    architecture, _, _ = published
    path = fetch(published, tmp_path / "weights.safetensors")
    ours = fresh(architecture, seed=3)
    load_weights(ours, path)
    assert torch.equal(ours.layers.head.weight, fresh(architecture, seed=3).layers.head.weight)
    assert tensors.description(path) == {
        "hub_identifier": "timm/tiny",
        "left_out": ["layers.head.weight", "layers.head.bias"],
    }


def test_equal_weights_give_equal_bytes(published, tmp_path):
    first, second = (fetch(published, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 3}, r"blocks\.2\..* is missing there"),
        ({"layers": 1}, "missing in the net"),
        ({"patch_size": 8}, ""),
    ],
)
def test_weights_of_another_size_are_refused_and_nothing_is_written(published, tmp_path, change, message):
    with pytest.raises(TrainingError, match=f"another network.*{message}"):
        fetch(published, tmp_path / "weights.safetensors", architecture=published[0] | change)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_file_that_lacks_more_than_its_head_is_no_starting_weights(published, tmp_path):
    architecture, _, _ = published
    path = fetch(published, tmp_path / "weights.safetensors")
    weights, said = safetensors.torch.load_file(path), tensors.description(path)
    del weights["layers.norm.weight"]
    tensors.save(path, weights, said)
    with pytest.raises(TrainingError, match=r"layers\.norm\.weight is missing there"):
        load_weights(fresh(architecture), path)


@pytest.mark.parametrize(
    ("architecture", "message"), [({}, "unknown architecture"), ({"name": "resnet"}, "resnet takes no weights")]
)
def test_an_architecture_that_is_none_of_timm_s_is_refused(tmp_path, architecture, message):
    with pytest.raises(ConfigError, match=message):
        fetch_weights(architecture=architecture, hub_identifier="timm/tiny", output=tmp_path / "weights.safetensors")


def test_a_run_is_fine_tuned_from_the_fetched_weights(published, tmp_path):
    architecture, _, _ = published
    weights = fetch(published, tmp_path / "weights.safetensors")
    for split in ("train", "test"):
        write_images(tmp_path / f"{split}.parquet", examples(24), split)
    write_labels(tmp_path / "labels.parquet", examples(24))
    optimizer = {"name": "sgd", "learning_rate": 0.001}
    train_run(
        spec={
            "architecture": architecture,
            "recipe": {"optimizer": optimizer, "epochs": 1, "batch_size": 8},
            "starting_weights": str(weights),
        },
        **{name: tmp_path / f"{name}.parquet" for name in ("train", "test", "labels", "history", "checkpoints")},
        job=Job(0, "tuned"),
    )
    before, after = (fresh(architecture, n_classes=3) for _ in range(2))
    load_checkpoint(before, tmp_path / "checkpoints.parquet", 0)
    load_checkpoint(after, tmp_path / "checkpoints.parquet", 1)
    for name, tensor in safetensors.torch.load_file(weights).items():
        assert torch.equal(before.state_dict()[name], tensor)
    assert not torch.equal(before.layers.blocks[0].norm1.weight, after.layers.blocks[0].norm1.weight)


def test_a_copy_that_is_missing_or_no_safetensors_file_is_named(published, tmp_path):
    with pytest.raises(DataError, match=r"none\.safetensors.*'timm/tiny'.*Correct the path"):
        fetch(published, tmp_path / "weights", copy=tmp_path / "none.safetensors")
    (tmp_path / "some.npz").write_bytes(b"PK no tensor in sight")
    with pytest.raises(DataError, match=r"some\.npz.* cannot be read as a safetensors file"):
        fetch(published, tmp_path / "weights", copy=tmp_path / "some.npz")


@pytest.fixture
def hub(published, tmp_path, monkeypatch):
    """A hub on this machine that offers the published file as timm/tiny, branches main and old, and nothing else."""
    content = published[2].read_bytes()

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            found = self.path in {f"/timm/tiny/resolve/{branch}/model.safetensors" for branch in ("main", "old")}
            self.send_response(200 if found else 404)
            for name, value in {"ETag": '"1"', "X-Repo-Commit": "c" * 40, "Content-Length": len(content)}.items():
                self.send_header(name, str(value) if found or name != "Content-Length" else "0")
            self.end_headers()
            return found

        def do_GET(self):
            if self.do_HEAD():
                self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    monkeypatch.setattr(
        huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    yield server
    server.shutdown()
    server.server_close()


def test_downloaded_weights_are_those_of_a_copy(published, hub, tmp_path):
    downloaded = fetch(published, tmp_path / "downloaded", copy=None).read_bytes()
    assert downloaded == fetch(published, tmp_path / "copied").read_bytes()


def test_a_revision_can_be_named(published, hub, tmp_path):
    fetch(published, tmp_path / "weights", copy=None, hub_identifier="timm/tiny@old")
    assert tensors.description(tmp_path / "weights")["hub_identifier"] == "timm/tiny@old"
    with pytest.raises(DataError, match="'timm/tiny@new' cannot be downloaded"):
        fetch(published, tmp_path / "weights", copy=None, hub_identifier="timm/tiny@new")


def test_weights_that_the_hub_does_not_have_are_named_with_the_remedy(published, hub, tmp_path):
    with pytest.raises(DataError, match=r"'timm/huge' cannot be downloaded.*Check the identifier.*path of a copy"):
        fetch(published, tmp_path / "weights", copy=None, hub_identifier="timm/huge")


def test_no_connection_is_one_clear_error(published, hub, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)  # spares the attempts of half a minute
    with pytest.raises(DataError, match=r"'timm/tiny' cannot be downloaded.*the connection"):
        fetch(published, tmp_path / "weights", copy=None)
    assert not (tmp_path / "weights").exists()
