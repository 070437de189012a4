import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from rote.errors import ConfigError, TrainingError
from rote.models.build import build
from rote.seeds import Seeds
from rote.training.batches import batches
from rote.training.engine import train
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.run_folder import RunFolder
from rote.training.side_by_side import join, part
from rote.training.stack_folder import StackFolder
from rote.training.stacked import StackData, stacked_batches, train_stacked
from tests.unit.training.training_examples import CPU, MEAN, STD, examples, normalisation, recipe

SEEDS = [Seeds(7, f"trial {t}") for t in range(3)]
SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}
# Where a gradient is zero but for rounding, a small epsilon makes Adam's step one of rounding alone.
ADAM = {"name": "adam", "learning_rate": 0.01, "betas": [0.8, 0.95], "weight_decay": 0.02, "epsilon": 1.0e-3}
STACKABLE = {
    "alexnet": {"width": 1},
    "convolutional": {"convolutions": [{"channels": 3, "pooling": {}}, {"channels": 4}], "hidden": [6]},
    "mlp": {"depth": 2, "width": 6},
    "vgg": {"width": 1},
    "resnet": {"width": 2},
    "preactivation_resnet18": {"width": 2},
    "plain_convolutional": {"width": 2},
}


def networks(architecture="resnet", dtype=torch.float64, size=8, **options):
    options = STACKABLE[architecture] | options
    shape = (size, size, 3)
    return [
        build(architecture, image_shape=shape, n_classes=3, seed=seed.integer_seed("start"), **options).to(dtype)
        for seed in SEEDS
    ]


def subsets(n=20, size=14):
    drawn = [np.sort(np.random.default_rng(t).permutation(n)[:size]) for t in range(len(SEEDS))]
    return torch.from_numpy(np.stack(drawn))


TEST = examples(9, seed=1, size=8)


def seen(whole, chosen):
    weights = None if whole.weights is None else whole.weights[chosen].numpy()
    columns = (whole.images, whole.labels, whole.true_labels, whole.permuted)
    return Examples(*(column[chosen] for column in columns), None if weights is None else torch.from_numpy(weights))


def one_by_one(models, some, whole, dtype=torch.float64, folders=(None, None, None)):
    return [
        train(model, some, seen(whole, chosen), TEST, normalisation(dtype), seeds, folder, progress=False)
        for model, chosen, seeds, folder in zip(models, subsets(), SEEDS, folders, strict=True)
    ]


def together(models, some, whole, dtype=torch.float64, test=None, folders=()):
    data = StackData(whole, subsets(), test)
    return train_stacked(models, some, data, normalisation(dtype), SEEDS, folders, progress=False)


def largest_difference(models, others):
    states = [(model.state_dict(), other.state_dict()) for model, other in zip(models, others, strict=True)]
    return max((one[name].double() - other[name]).abs().max().item() for one, other in states for name in one)


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [
        ("resnet", {"optimizer": SGD, "schedule": {"name": "one_cycle_linear"}}),
        ("resnet", {"optimizer": ADAM, "augmentation": {"crop_padding": 2, "flip": True}}),
        ("resnet", {"input_noise": {"standard_deviation": 0.1, "units": "pixel"}, "channels_last": False}),
        (
            "resnet",
            {"input_noise": {"standard_deviation": 0.1, "units": "normalised"}, "drop_last": True, "shuffle": False},
        ),
        ("preactivation_resnet18", {"optimizer": SGD, "stop": {"epochs": 1}}),
        ("plain_convolutional", {"optimizer": ADAM}),
        ("alexnet", {"optimizer": ADAM}),
        ("mlp", {"optimizer": ADAM, "augmentation": {"crop_padding": 2, "flip": True}}),
        ("vgg", {"optimizer": ADAM}),
    ],
)
def test_training_together_is_training_one_by_one(architecture, changes):
    some = recipe(**{"optimizer": SGD, "evaluation": {"every": 9}} | changes)
    whole = examples(20, size=8)
    stacked, alone, untrained = (networks(architecture) for _ in range(3))
    together(stacked, some, whole)
    one_by_one(alone, some, whole)
    assert largest_difference(alone, untrained) > 1e-2
    assert largest_difference(stacked, alone) < 1e-10


def run_folders(folder):
    return [RunFolder(folder / str(t), "digest", interval=0) for t in range(len(SEEDS))]


def kept(folder):
    """Weights by epoch."""
    return {checkpoint.epoch: load_file(folder.folder / checkpoint.file) for checkpoint in folder.checkpoints}


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [
        ("mlp", {"evaluation": {"every": 1}, "stop": {"train_accuracy": 0.99}}),
        ("mlp", {"evaluation": {"every": 3}, "stop": {"train_accuracy": 0.99}, "optimizer": SGD}),
        ("resnet", {"evaluation": {"every": 2}, "stop": {"train_accuracy": 0.6}}),
    ],
)
def test_networks_together_are_evaluated_kept_and_stopped_like_one_by_one(tmp_path, architecture, changes):
    settings = {"optimizer": ADAM, "epochs": 14, "checkpoints": {"every": 5}, "keep_best": True}
    some, whole = recipe(**settings | changes), examples(20, size=8)
    stacked, alone = networks(architecture), networks(architecture)
    folders, own = run_folders(tmp_path / "together"), run_folders(tmp_path / "alone")
    histories = together(stacked, some, whole, test=TEST, folders=folders)
    expected = one_by_one(alone, some, whole, folders=own)

    ends = [history[-1].epoch for history in expected]
    assert len(set(ends)) > 1
    for found, of_engine in zip(histories, expected, strict=True):
        assert [row._replace(loss=0) for row in found] == [row._replace(loss=0) for row in of_engine]
        assert [row.loss for row in found] == pytest.approx([row.loss for row in of_engine], rel=0, abs=1e-10)
    assert largest_difference(stacked, alone) < 1e-10
    for found, of_engine in zip(map(kept, folders), map(kept, own), strict=True):
        assert found.keys() == of_engine.keys()
        for epoch, weights in of_engine.items():
            for name, tensor in weights.items():
                torch.testing.assert_close(found[epoch][name], tensor, rtol=0, atol=1e-10)


def test_a_network_whose_training_was_over_when_the_stack_was_killed_is_given_back_too(tmp_path, monkeypatch):
    changes = {"optimizer": ADAM, "epochs": 12, "stop": {"train_accuracy": 0.75}}
    some, whole, models = recipe(**changes), examples(20, size=8), networks("mlp")
    folders = run_folders(tmp_path / "whole")
    ends = [history[-1].epoch for history in together(models, some, whole, test=TEST, folders=folders)]
    assert min(ends) + 1 < max(ends)
    save = StackFolder.save

    def save_and_stop(folder, state):
        save(folder, state)
        if state.epoch == min(ends) + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(StackFolder, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            together(networks("mlp"), some, whole, test=TEST, folders=run_folders(tmp_path / "killed"))
    resumed = networks("mlp")
    together(resumed, some, whole, test=TEST, folders=run_folders(tmp_path / "killed"))
    assert largest_difference(resumed, models) == 0


def test_a_network_that_diverges_leaves_nothing_of_the_stack(tmp_path):
    whole, chosen = examples(20, size=8, weights=np.ones(20)), subsets()
    only_in_the_second = next(iter(set(chosen[1].tolist()) - set(chosen[0].tolist())))
    whole.weights[only_in_the_second] = torch.inf
    with pytest.raises(TrainingError, match="run trial 1: the loss is"):
        together(networks(), recipe(), whole, test=TEST, folders=run_folders(tmp_path))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_weights_of_examples_count_in_training_together():
    some, whole = recipe(optimizer=SGD), examples(20, size=8, weights=np.linspace(0, 2, 20))
    stacked, alone = networks(), networks()
    together(stacked, some, whole)
    one_by_one(alone, some, whole)
    assert largest_difference(stacked, alone) < 1e-10


def test_training_together_in_bfloat16_rounds_products_and_keeps_parameters_in_float32():
    changes, whole = {"optimizer": SGD | {"learning_rate": 0.001}}, examples(20, size=8)
    exact, rounded = networks(dtype=torch.float32), networks(dtype=torch.float32)
    together(exact, recipe(**changes), whole, torch.float32)
    together(rounded, recipe(precision="bfloat16", **changes), whole, torch.float32)
    assert {parameter.dtype for model in rounded for parameter in model.parameters()} == {torch.float32}
    assert 1e-6 < largest_difference(exact, rounded) < 1e-2


@pytest.mark.parametrize("changes", [{}, {"augmentation": {"crop_padding": 1, "flip": True}}])
@pytest.mark.parametrize("channels_last", [True, False])
def test_each_network_sees_the_batches_that_it_would_see_alone(changes, channels_last):
    some = recipe(channels_last=channels_last, input_noise={"standard_deviation": 0.3, "units": "pixel"}, **changes)
    whole, normalise = examples(20), Normalisation(MEAN, STD, CPU, memory_format=some.memory_format)
    stacked = list(stacked_batches(whole, subsets(), some, normalise, SEEDS, epoch=3))
    for t, (chosen, seeds) in enumerate(zip(subsets(), SEEDS, strict=True)):
        for batch, own in zip(stacked, batches(seen(whole, chosen), some, normalise, seeds, epoch=3), strict=True):
            assert torch.equal(batch.inputs.unflatten(1, (3, 3))[:, t], own.inputs)
            assert torch.equal(batch.labels.view(-1, 3)[:, t], own.labels)


@pytest.mark.parametrize("size", [4, 8, 12])
@pytest.mark.parametrize("architecture", STACKABLE)
def test_joined_networks_give_the_logits_of_each(architecture, size):
    models = networks(architecture, size=size)
    inputs = torch.randn(5, 9, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for mode in (True, False):
        joined = join(models).train(mode)
        expected = torch.cat([model.train(mode)(inputs[:, 3 * t : 3 * t + 3]) for t, model in enumerate(models)], 1)
        torch.testing.assert_close(joined(inputs), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3, "padding": 1},
        {"kernel_size": 3, "padding": 1, "stride": 2},
        {"kernel_size": 1, "stride": 2},
        {"kernel_size": 3, "padding": 1, "stride": 3},
        {"kernel_size": 5, "padding": 2, "groups": 2},
        {"kernel_size": (3, 5), "padding": (1, 2), "dilation": (2, 1), "bias": False},
    ],
)
def test_a_joined_convolution_is_that_of_each_network(size, options):
    if size < 3 and options.get("dilation"):
        pytest.skip("the kernel is larger than the padded map")
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Conv2d(4, 6, **options).double()) for _ in range(2)]
    inputs = torch.randn(3, 8, size, size, dtype=torch.float64)
    joined = join(layers)
    expected = torch.cat([layer(inputs[:, 4 * t : 4 * t + 4]) for t, layer in enumerate(layers)], 1)
    torch.testing.assert_close(joined(inputs), expected, rtol=1e-12, atol=1e-12)

    joined(inputs).square().sum().backward()
    expected.square().sum().backward()
    gradients = torch.cat([layer[0].weight.grad for layer in layers])
    torch.testing.assert_close(joined[0].weight.grad, gradients, rtol=1e-11, atol=1e-11)


def test_joining_and_parting_gives_back_every_network_and_leaves_the_random_state_alone():
    models, others = networks(), networks()
    before = torch.get_rng_state()
    joined = join(models)
    assert torch.equal(torch.get_rng_state(), before)
    for model in models:
        nn.init.zeros_(model.layers.fc.weight)
    part(joined, models)
    assert largest_difference(models, others) == 0


def test_a_transformer_is_refused():
    options = {"patch_size": 4, "layers": 1, "heads": 1, "hidden_size": 4, "mlp_size": 4}
    transformer = build("vision_transformer", image_shape=(8, 8, 3), n_classes=3, seed=0, **options)
    with pytest.raises(ConfigError, match=r"cannot be trained side by side\. Train them one at a time"):
        join([transformer] * 2)


def test_a_network_with_dropout_is_refused_and_says_why():
    with pytest.raises(ConfigError, match="a layer Dropout cannot be trained side by side"):
        join([build("vgg", image_shape=(8, 8, 3), n_classes=3, seed=0, width=1, dropout=0.5)] * 2)


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.Conv2d(3, 3, 3, padding="same"), nn.LayerNorm(3)])
def test_layers_that_draw_or_mix_channels_are_refused(layer):
    with pytest.raises(ConfigError, match=f"a layer {type(layer).__name__} cannot"):
        join([nn.Sequential(nn.Conv2d(3, 3, 1), layer)])


def test_what_cannot_be_trained_together_is_refused_before_work_starts():
    for changes, message in [
        ({"stop": {"train_accuracy": 0.9}}, "need evaluations on the way: give the test set"),
        ({"batch_size": 64, "drop_last": True}, "a batch of 64 cannot be filled from 14"),
        ({"batch_size": 13}, "leave one of 14 examples alone"),
    ]:
        with pytest.raises(ConfigError, match=message):
            together(networks(), recipe(**changes), examples(20, size=8))


def test_a_loss_that_is_not_finite_names_the_network_and_leaves_all_as_they_were():
    whole, chosen, models = examples(20, size=8, weights=np.ones(20)), subsets(), networks()
    only_in_the_second = next(iter(set(chosen[1].tolist()) - set(chosen[0].tolist())))
    whole.weights[only_in_the_second] = torch.inf
    with pytest.raises(TrainingError, match=r"run trial 1: the loss is (nan|inf) in epoch 1"):
        together(models, recipe(), whole)
    assert largest_difference(models, networks()) == 0


def test_the_data_set_is_indexed_and_not_changed():
    whole = examples(20, size=8)
    before = whole.images.clone()
    together(networks(), recipe(augmentation={"crop_padding": 1, "flip": True}), whole)
    assert torch.equal(whole.images, before)
