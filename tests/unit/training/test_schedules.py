import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rote.training.schedules import Constant, Cosine, OneCycleLinear

STEPS = 200


def rates_of_torch(scheduler, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    schedule = scheduler(optimizer, **options)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(rates) < STEPS else None
    return rates


def test_one_cycle_is_that_of_torch():
    expected = rates_of_torch(
        torch.optim.lr_scheduler.OneCycleLR,
        max_lr=0.4,
        total_steps=STEPS,
        pct_start=0.15,
        anneal_strategy="linear",
        div_factor=0.4 / 1e-6,
        final_div_factor=0.5,
        cycle_momentum=False,
    )
    found = [OneCycleLinear(start=1e-6, end=2e-6).learning_rate(0.4, step, STEPS) for step in range(STEPS)]
    assert found == pytest.approx(expected, rel=1e-12)


def test_one_cycle_has_its_three_corners():
    schedule = OneCycleLinear(warmup=0.15, start=1e-6, end=1e-7)
    assert schedule.learning_rate(0.4, 0, STEPS) == 1e-6
    assert schedule.learning_rate(0.4, 29, STEPS) == 0.4
    assert schedule.learning_rate(0.4, STEPS - 1, STEPS) == pytest.approx(1e-7, rel=1e-9)


@given(st.floats(0, 1), st.integers(1, 50))
def test_one_cycle_stays_between_its_corners_however_few_the_steps(warmup, steps):
    schedule = OneCycleLinear(warmup=warmup, start=0.01, end=0.001)
    assert all(0.001 - 1e-12 <= schedule.learning_rate(0.4, step, steps) <= 0.4 + 1e-12 for step in range(steps))


def test_cosine_is_that_of_torch():
    expected = rates_of_torch(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=STEPS, eta_min=0.01)
    found = [Cosine(end=0.01).learning_rate(0.4, step, STEPS) for step in range(STEPS)]
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_constant_rate_is_constant():
    assert {Constant().learning_rate(1e-4, step, STEPS) for step in range(STEPS)} == {1e-4}
