from functools import cache

import numpy as np
import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from rote import tables
from rote.errors import ConfigError, TrainingError
from rote.models.batch_norm import recalibrate
from rote.models.layers import layers_with_weights
from rote.rewinding import rewound
from rote.rewinding.rewound import rewind
from rote.rewinding.rows import rewound_rows
from rote.tables.rewinding import REWINDING
from rote.training.calibration import calibration_batches
from rote.training.evaluation import groups, predict
from tests.unit.rewinding.small_rewinding import (
    EPOCHS,
    NETWORKS,
    NORMALISATION,
    SEEDS,
    SHAPE,
    TEST,
    TRAINING,
    course,
    drawn,
    final,
    untrained,
)

ARCHITECTURES = pytest.mark.parametrize("architecture", NETWORKS)
OPTIONS = pytest.mark.parametrize("batch_norm", ["with_layer", "stays", "recalibrated"])


def rewound_by(network, states, **options):
    return rewind(network, states.items(), TRAINING, TEST, NORMALISATION, seeds=SEEDS, **options)


def counted(network):
    """What a network classifies as labelled, by evaluation of the whole."""
    logits = {
        "training": predict(network, TRAINING.images, NORMALISATION, "float32"),
        "test": predict(network, TEST.images, NORMALISATION, "float32"),
    }
    return {
        name: int((logits[of].argmax(1) == labels)[members].sum())
        for name, (of, labels, members) in groups(TRAINING, TEST).items()
    }


def loaded(architecture, states, epoch, modules):
    """The final network with the state of some modules at an epoch loaded."""
    network = final(architecture, states)
    back = {name: tensor for name, tensor in states[epoch].items() if name.rpartition(".")[0] in modules}
    network.load_state_dict(back, strict=False)
    return network


@cache
def found(architecture, batch_norm="with_layer"):
    states = course(architecture)
    return states, rewound_by(final(architecture, states), states, batch_norm=batch_norm)


@pytest.fixture
def logits(monkeypatch):
    """Every batch of logits that rewinding makes, by what is set back."""
    made, original = {}, rewound._logits

    def keeping(network, inputs, variants, estimate=False):
        for key, output in original(network, inputs, variants, estimate):
            if not estimate:
                made.setdefault(key, []).append(output.clone())
            yield key, output

    monkeypatch.setattr(rewound, "_logits", keeping)
    return made


@ARCHITECTURES
@pytest.mark.parametrize("batch_norm", ["with_layer", "stays"])
def test_suffixes_give_the_logits_of_the_whole_network_with_the_weights_loaded_bit_for_bit(
    architecture, batch_norm, logits
):
    states = course(architecture)
    network = final(architecture, states)
    rewound_by(network, states, batch_norm=batch_norm)
    layers = layers_with_weights(network, SHAPE)
    assert len(logits) == len(layers) * len(EPOCHS) + 1
    for path, layer in layers.items():
        modules = {path, *(layer.batch_norms if batch_norm == "with_layer" else ())}
        whole = loaded(architecture, states, 3, modules)
        for images, suffix in zip((TRAINING.images, TEST.images), logits[path, 3], strict=True):
            assert torch.equal(predict(whole, images, NORMALISATION, "float32"), suffix), path


@ARCHITECTURES
def test_the_final_epoch_is_the_network_as_it_is(architecture, logits):
    states = course(architecture)
    rewound_by(final(architecture, states), states)
    as_it_is = logits.pop(rewound.AS_IT_IS)
    for (_, epoch), batches in logits.items():
        same = all(torch.equal(one, other) for one, other in zip(batches, as_it_is, strict=True))
        assert same or epoch != EPOCHS[-1]


@ARCHITECTURES
def test_counts_are_those_of_the_groups_of_evaluation(architecture):
    states, result = found(architecture)
    layers = layers_with_weights(untrained(architecture), SHAPE)
    assert result.layers == tuple(layers)
    assert result.epochs == EPOCHS
    assert result.examples == {
        "train": 24,
        "unpermuted": int((~TRAINING.permuted).sum()),
        "permuted": int(TRAINING.permuted.sum()),
        "restored": int(TRAINING.permuted.sum()),
        "test": 16,
    }
    assert result.unchanged == counted(final(architecture, states))
    for i in (0, len(layers) // 2, len(layers) - 1):
        path = result.layers[i]
        whole = counted(loaded(architecture, states, 3, {path, *layers[path].batch_norms}))
        assert {group: counts[i, 1] for group, counts in result.correct.items()} == whole


@ARCHITECTURES
def test_all_layers_at_epoch_0_are_the_untrained_network(architecture):
    states = course(architecture)
    network = final(architecture, states)
    every = list(layers_with_weights(network, SHAPE))
    result = rewound_by(network, {0: states[0]}, layers={"all": every})
    assert {group: counts[0, 0] for group, counts in result.correct.items()} == counted(untrained(architecture))


def test_a_layer_that_did_not_change_gives_the_network_as_it_is_at_every_epoch():
    states = course("plain_convolutional")
    for epoch in EPOCHS:
        states[epoch] |= {name: states[7][name] for name in states[epoch] if name.startswith("layers.3.")}
    result = rewound_by(final("plain_convolutional", states), states, layers={"fourth": ["layers.3.0"]})
    for group, counts in result.correct.items():
        assert (counts == result.unchanged[group]).all()


def test_layers_of_a_name_go_back_together_from_the_first_of_them_on(logits):
    states = course("vgg")
    together = {"last two": ["layer_17.convolution", "layer_16.convolution"]}
    rewound_by(final("vgg", states), states, layers=together)
    modules = {f"layer_{i}.{part}" for i in (16, 17) for part in ("convolution", "batch_norm")}
    whole = loaded("vgg", states, 0, modules)
    assert torch.equal(logits["last two", 0][1], predict(whole, TEST.images, NORMALISATION, "float32"))


def test_recalibration_estimates_the_statistics_of_the_layer_and_of_all_behind_it_and_of_no_others(logits):
    states = course("plain_convolutional")
    rewound_by(final("plain_convolutional", states), states, batch_norm="recalibrated")
    whole = final("plain_convolutional", states)
    weights = ["layers.3.0.weight", "layers.3.1.weight", "layers.3.1.bias"]
    whole.load_state_dict({name: states[0][name] for name in weights}, strict=False)
    (batch,) = calibration_batches(TRAINING, NORMALISATION, SEEDS)
    before = [norm for norm in whole.modules() if isinstance(norm, _BatchNorm)][:3]
    kept = [(norm.running_mean.clone(), norm.running_var.clone()) for norm in before]
    recalibrate(_Behind(whole, 3), [_reached(whole, batch, 3)])
    assert all(torch.equal(norm.running_mean, mean) for norm, (mean, _) in zip(before, kept, strict=True))
    expected = predict(whole.eval(), TEST.images, NORMALISATION, "float32")
    assert torch.equal(logits["layers.3.0", 0][1], expected)


class _Behind(torch.nn.Module):
    """What a plain network computes from a layer on."""

    def __init__(self, network, first):
        super().__init__()
        self.segments = list(network.segments().values())[first:]
        self.behind = network.layers[first:]

    def forward(self, x):
        for segment in self.segments:
            x = segment(x)
        return x


def _reached(network, x, first):
    with torch.no_grad():
        for segment in list(network.segments().values())[:first]:
            x = segment(x)
    return x


@OPTIONS
def test_without_batch_norm_all_options_are_one(batch_norm):
    states = course("mlp")
    result = rewound_by(final("mlp", states), states, batch_norm=batch_norm)
    assert result.batch_norm == "none"
    other = found("mlp")[1]
    assert all((result.correct[group] == other.correct[group]).all() for group in other.correct)


def test_options_differ_where_there_is_batch_norm():
    results = [found("resnet", option)[1] for option in ("with_layer", "stays", "recalibrated")]
    trains = [result.correct["train"].tobytes() for result in results]
    assert len(set(trains)) == 3


@OPTIONS
def test_the_network_is_left_as_it_was_also_by_an_exception(batch_norm, monkeypatch):
    states = course("resnet")
    network = final("resnet", states)
    pointers = [tensor.data_ptr() for tensor in network.state_dict().values()]

    def assert_unchanged():
        assert [tensor.data_ptr() for tensor in network.state_dict().values()] == pointers
        assert all(torch.equal(tensor, states[7][name]) for name, tensor in network.state_dict().items())
        assert not any(module.training for module in network.modules())

    rewound_by(network, states, batch_norm=batch_norm)
    assert_unchanged()

    def failing(*_):
        raise ArithmeticError

    monkeypatch.setattr(rewound, "tail", failing)
    with pytest.raises(ArithmeticError):
        rewound_by(network, states, batch_norm=batch_norm)
    assert_unchanged()


@OPTIONS
def test_the_memory_that_weights_may_take_changes_nothing(batch_norm, monkeypatch):
    states, expected = found("vgg", batch_norm)
    monkeypatch.setattr(rewound, "MEMORY", 1)
    result = rewound_by(final("vgg", states), states, batch_norm=batch_norm)
    assert result.epochs == expected.epochs
    assert all((result.correct[group] == expected.correct[group]).all() for group in expected.correct)


def test_states_are_asked_for_once_and_one_after_the_other():
    states, asked = course("mlp"), []

    def reading():
        for epoch, state in states.items():
            asked.append(epoch)
            yield epoch, state

    rewind(final("mlp", states), reading(), TRAINING, TEST, NORMALISATION, seeds=SEEDS)
    assert asked == list(EPOCHS)


def test_nothing_runs_before_the_layer_but_once_a_batch():
    states = course("vgg")
    network = final("vgg", states)
    calls = []
    for name in ("layer_1", "layer_17", "fully_connected"):
        network.get_submodule(name).register_forward_hook(
            lambda *called, name=name: None if called[-1].is_meta else calls.append(name)
        )
    rewound_by(network, states, layers={"last": ["layer_17.convolution"]})
    assert {name: calls.count(name) for name in calls} == {
        "layer_1": 2,
        "layer_17": 2 * (1 + len(EPOCHS)),
        "fully_connected": 2 * (1 + len(EPOCHS)),
    }


def test_bad_input_is_refused_by_name():
    states = course("vgg")
    network = final("vgg", states)
    with pytest.raises(ConfigError, match="unknown batch_norm: 'goes'"):
        rewound_by(network, states, batch_norm="goes")
    with pytest.raises(ConfigError, match=r"unknown layer: 'layer_3'"):
        rewound_by(network, states, layers={"pool": ["layer_3"]})
    with pytest.raises(ConfigError, match="no layers are named for 'none'"):
        rewound_by(network, states, layers={"none": []})
    with pytest.raises(TrainingError, match=r"epoch 4 are of another network: layer_1.convolution.weight is missing"):
        rewound_by(network, {4: {}})
    other = {name: tensor[:1] for name, tensor in states[0].items() if tensor.ndim}
    with pytest.raises(TrainingError, match=r"is \(1, 1, 3, 3\) there and \(2, 1, 3, 3\) in the network. Give the"):
        rewound_by(network, {0: other}, layers={"second": ["layer_4.convolution"]})


def test_the_table_holds_accuracies_with_their_binomial_errors(tmp_path):
    _, result = found("resnet")
    tables.write(tmp_path / "rewinding.parquet", REWINDING, rewound_rows(result), {})
    frame = tables.read(tmp_path / "rewinding.parquet", REWINDING).to_pandas()
    assert len(frame) == len(result.layers) * len(EPOCHS) * 5
    row = frame.query("layer == 'layers.conv1' and epoch == 3 and group == 'restored'").iloc[0]
    n, correct = result.examples["restored"], result.correct["restored"][0, 1]
    assert row["accuracy"] == correct / n
    assert row["standard_error"] == pytest.approx(np.sqrt(correct * (n - correct) / n**3))
    assert row["unchanged_accuracy"] == result.unchanged["restored"] / n
    assert set(frame["batch_norm"]) == {"with_layer"}


def test_a_group_without_examples_has_no_row(tmp_path):
    states = course("mlp")
    clean = drawn(20, 3, permuted=0)
    result = rewind(final("mlp", states), states.items(), clean, TEST, NORMALISATION, seeds=SEEDS)
    tables.write(tmp_path / "rewinding.parquet", REWINDING, rewound_rows(result), {})
    assert set(tables.read(tmp_path / "rewinding.parquet", REWINDING)["group"].to_pylist()) == {
        "train",
        "unpermuted",
        "test",
    }
