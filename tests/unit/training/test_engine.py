import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rote.errors import ConfigError, TrainingError
from rote.training.engine import train
from rote.training.examples import Examples
from rote.training.run_folder import RunFolder
from tests.unit.training.training_examples import MEAN, SEEDS, STD, examples, network, normalisation, recipe


def trained(some, part=None, model=None, folder=None, dtype=torch.float32):
    model = network(dtype=dtype) if model is None else model
    part = examples() if part is None else part
    history = train(model, some, part, examples(15, seed=1), normalisation(dtype), SEEDS, folder, progress=False)
    return model, history


def weights_of(model):
    return torch.cat([tensor.flatten().double() for tensor in model.state_dict().values()])


def slow_sgd(state, gradient, rate, options):
    """Sutskever et al. 2013, in the form that keeps the velocity before its product with the rate."""
    velocity = state.get("velocity", 0) * options["momentum"] + gradient
    state["velocity"] = velocity
    return rate * (gradient + options["momentum"] * velocity if options["nesterov"] else velocity)


def slow_adam(state, gradient, rate, options):
    """Kingma & Ba 2015, algorithm 1."""
    (first, second), t = options["betas"], state.get("t", 0) + 1
    state["t"] = t
    state["m"] = first * state.get("m", 0) + (1 - first) * gradient
    state["v"] = second * state.get("v", 0) + (1 - second) * gradient**2
    return rate * (state["m"] / (1 - first**t)) / ((state["v"] / (1 - second**t)).sqrt() + 1e-8)


@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 20)])
@pytest.mark.parametrize(
    ("slow", "optimizer"),
    [
        (slow_sgd, {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
        (slow_sgd, {"name": "sgd", "learning_rate": 0.05, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}),
        (slow_adam, {"name": "adam", "learning_rate": 0.01, "betas": [0.8, 0.95], "weight_decay": 0.02}),
    ],
)
def test_the_engine_takes_the_steps_of_a_loop_written_out_in_float64(slow, optimizer, weights):
    some = recipe(optimizer=optimizer, schedule={"name": "cosine"}, epochs=3, shuffle=False)
    part = examples(20, weights=weights)
    model, _ = trained(some, part, dtype=torch.float64)

    expected = network(dtype=torch.float64)
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (MEAN, STD))
    inputs = (part.images.permute(0, 3, 1, 2).double() / 255 - mean) / std
    states = [{} for _ in expected.parameters()]
    batch_starts = [start for _ in range(3) for start in (0, 8, 16)]
    for step, start in enumerate(batch_starts):
        rate = optimizer["learning_rate"] * (1 + np.cos(np.pi * step / 9)) / 2
        rows = range(start, min(start + 8, 20))
        logits = expected(inputs[rows.start : rows.stop])
        factors = [1.0 if weights is None else weights[row] for row in rows]
        losses = [-logits[i].log_softmax(0)[part.labels[row]] * factors[i] for i, row in enumerate(rows)]
        gradients = torch.autograd.grad(sum(losses) / len(rows), list(expected.parameters()))
        with torch.no_grad():
            for parameter, gradient, state in zip(expected.parameters(), gradients, states, strict=True):
                parameter -= slow(state, gradient + optimizer["weight_decay"] * parameter, rate, optimizer)

    torch.testing.assert_close(weights_of(model), weights_of(expected), rtol=1e-9, atol=1e-11)


def test_a_weight_of_zero_is_as_if_the_example_taught_nothing():
    weights = np.ones(20)
    weights[5] = 0
    one, other = examples(20, weights=weights), examples(20, weights=weights)
    other.labels[5] = (one.labels[5] + 1) % 3
    assert torch.equal(weights_of(trained(recipe(), one)[0]), weights_of(trained(recipe(), other)[0]))


def test_training_on_a_subset_is_training_on_its_examples_alone():
    whole, chosen = examples(20), torch.tensor([1, 4, 5, 11, 13, 19])
    columns = (whole.images, whole.labels, whole.true_labels, whole.permuted)
    part = Examples(*(column[chosen] for column in columns))
    _, history = trained(recipe(batch_size=2), part)
    assert {row.examples for row in history if row.subset == "train"} == {6}


def test_the_history_is_that_of_the_evaluation_grid_and_begins_untrained():
    _, history = trained(recipe(epochs=7, evaluation={"every": 3}))
    assert sorted({row.epoch for row in history}) == [0, 3, 6, 7]

    untrained, part = network().eval(), examples()
    with torch.no_grad():
        logits = untrained(normalisation()(part.images))
    first = next(row for row in history if row.subset == "train" and row.epoch == 0)
    assert first.loss == pytest.approx(cross_entropy(logits, part.labels).item(), rel=1e-6)
    assert first.error == (logits.argmax(1) != part.labels).double().mean().item()


def test_evaluating_more_often_does_not_change_what_is_learnt():
    often, seldom = (trained(recipe(epochs=4, evaluation={"every": n}), model=network(dropout=0.5))[0] for n in (1, 4))
    assert torch.equal(weights_of(often), weights_of(seldom))


def test_dropout_is_drawn_by_run_and_epoch_and_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    one, _ = trained(recipe(), model=network(dropout=0.5))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(100)
    other, _ = trained(recipe(), model=network(dropout=0.5))
    assert torch.equal(weights_of(one), weights_of(other))


def test_training_stops_at_the_train_accuracy_asked_for(tmp_path):
    folder = RunFolder(tmp_path, "digest")
    some = recipe(epochs=200, stop={"train_accuracy": 0.9}, checkpoints={"every": 1000})
    part = examples()
    part.labels[:] = part.true_labels
    _, history = trained(some, part, folder=folder)

    errors = [row.error for row in history if row.subset == "train"]
    assert errors[-1] == 0.1 < min(errors[:-1])
    assert len(errors) < 201
    assert [checkpoint.epoch for checkpoint in folder.checkpoints] == [0, history[-1].epoch]


def test_stopping_after_some_epochs_does_not_change_the_schedule():
    schedule = {"name": "one_cycle_linear", "warmup": 0.5}
    _, whole = trained(recipe(epochs=6, schedule=schedule))
    _, stopped = trained(recipe(epochs=6, schedule=schedule, stop={"epochs": 2}))
    _, shorter = trained(recipe(epochs=2, schedule=schedule))
    assert stopped == [row for row in whole if row.epoch <= 2]
    assert stopped != shorter


@pytest.mark.parametrize("evaluation", [{"every": 1}, {"every": 100}])
def test_a_loss_that_is_not_finite_ends_the_run_with_one_message_and_leaves_nothing(tmp_path, evaluation):
    some = recipe(optimizer={"name": "sgd", "learning_rate": 1e38}, epochs=5, evaluation=evaluation)
    with pytest.raises(
        TrainingError, match=r"run a run: the loss is (nan|inf) in epoch [12]\. Lower the learning rate"
    ):
        trained(some, folder=RunFolder(tmp_path, "digest", interval=0))
    assert list(tmp_path.iterdir()) == []


def test_batches_that_cannot_be_trained_on_are_refused_before_work_starts():
    with pytest.raises(ConfigError, match="a batch of 64 cannot be filled from 20 examples"):
        trained(recipe(batch_size=64, drop_last=True))
    with pytest.raises(ConfigError, match="leave one of 20 examples alone"):
        trained(recipe(batch_size=19))
    with pytest.raises(ConfigError, match=r"batches of 1 from 20 example\(s\) have one example each"):
        trained(recipe(batch_size=1))


def test_bfloat16_learns_and_keeps_parameters_in_float32():
    exact, history = trained(recipe(epochs=5))
    rounded, rounded_history = trained(recipe(epochs=5, precision="bfloat16"))
    assert all(parameter.dtype == torch.float32 for parameter in rounded.parameters())
    assert not torch.equal(weights_of(exact), weights_of(rounded))
    assert rounded_history[-1].loss == pytest.approx(history[-1].loss, rel=0.05)


def test_channels_last_changes_nothing_but_the_rounding():
    models = [trained(recipe(epochs=3, channels_last=choice), dtype=torch.float64)[0] for choice in (True, False)]
    torch.testing.assert_close(*map(weights_of, models), rtol=1e-9, atol=1e-11)
