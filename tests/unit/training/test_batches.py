import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rote.seeds import Seeds
from rote.training.batches import batches, steps_per_epoch
from tests.unit.training.training_examples import SEEDS, examples, normalisation, recipe

AUGMENTED = {
    "augmentation": {"crop_padding": 2, "flip": True},
    "input_noise": {"standard_deviation": 0.1, "units": "pixel"},
}


def epoch_of(settings, epoch=1, seeds=SEEDS, n=20):
    return list(batches(examples(n), settings, normalisation(), seeds, epoch))


@given(n=st.integers(1, 40), batch_size=st.integers(1, 12), drop_last=st.booleans())
@settings(max_examples=40)
def test_an_epoch_sees_every_example_once_but_for_a_dropped_rest(n, batch_size, drop_last):
    assume(n >= batch_size or not drop_last)  # the engine refuses an epoch without a batch
    some = recipe(batch_size=batch_size, drop_last=drop_last)
    images = examples(n).images
    known = normalisation()(images)
    seen = [row for batch in epoch_of(some, n=n) for row in batch.inputs]
    sizes = [len(batch.inputs) for batch in epoch_of(some, n=n)]

    which = [int((known == row).flatten(1).all(1).nonzero()[0]) for row in seen]
    assert len(set(which)) == len(which) == (n - n % batch_size if drop_last else n)
    assert sizes == [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size and not drop_last else [])
    assert steps_per_epoch(n, some) == len(sizes)


def test_equal_keys_give_equal_batches():
    for first, second in zip(epoch_of(recipe(**AUGMENTED)), epoch_of(recipe(**AUGMENTED)), strict=True):
        assert torch.equal(first.inputs, second.inputs)
        assert torch.equal(first.labels, second.labels)


def test_another_epoch_run_or_study_has_other_batches():
    first = epoch_of(recipe())[0].inputs
    for other in (
        epoch_of(recipe(), epoch=2),
        epoch_of(recipe(), seeds=Seeds(7, "b")),
        epoch_of(recipe(), seeds=Seeds(8, "a run")),
    ):
        assert not torch.equal(first, other[0].inputs)


def test_an_epoch_does_not_depend_on_the_epochs_before():
    alone = epoch_of(recipe(**AUGMENTED), epoch=5)
    epoch_of(recipe(**AUGMENTED), epoch=4)
    assert torch.equal(alone[1].inputs, epoch_of(recipe(**AUGMENTED), epoch=5)[1].inputs)


def test_what_augmentation_does_to_an_example_does_not_depend_on_the_batch_size():
    rows = [
        torch.cat([batch.inputs for batch in epoch_of(recipe(batch_size=size, augmentation=AUGMENTED["augmentation"]))])
        for size in (3, 20)
    ]
    assert torch.equal(*rows)


def test_without_shuffle_the_order_is_that_of_the_examples():
    labels = torch.cat([batch.labels for batch in epoch_of(recipe(shuffle=False))])
    assert torch.equal(labels, examples().labels)


def test_weights_go_with_their_examples():
    part = examples(20, weights=np.arange(20.0))
    known = normalisation()(part.images)
    for batch in batches(part, recipe(), normalisation(), SEEDS, 1):
        for row, weight in zip(batch.inputs, batch.weights, strict=True):
            assert torch.equal(known[int(weight)], row)
