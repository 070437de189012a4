import math

import pytest
import torch

from rote.training.evaluation import evaluate, predict
from tests.unit.training.training_examples import examples, network, normalisation


def by_hand(logits, labels):
    """Loss and error, one example after the other."""
    losses = [math.log(sum(math.exp(z - row[y]) for z in row)) for row, y in zip(logits, labels, strict=True)]
    wrong = [max(range(3), key=row.__getitem__) != y for row, y in zip(logits, labels, strict=True)]
    return sum(losses) / len(losses), sum(wrong) / len(wrong)


def measures(train, test):
    logits = [torch.randn(len(part), 3, generator=torch.Generator().manual_seed(1)) for part in (train, test)]
    return {row.subset: row for row in evaluate(logits[0], train, logits[1], test, 4)}, logits


def test_every_subset_has_the_loss_and_error_computed_by_hand():
    train, test = examples(40), examples(15, seed=1)
    found, (on_train, on_test) = measures(train, test)

    part = train.permuted
    expected = {
        "train": (on_train, train.labels),
        "unpermuted": (on_train[~part], train.labels[~part]),
        "permuted": (on_train[part], train.labels[part]),
        "restored": (on_train[part], train.true_labels[part]),
        "test": (on_test, test.true_labels),
    }
    assert found.keys() == expected.keys()
    for subset, (logits, labels) in expected.items():
        loss, error = by_hand(logits.double().tolist(), labels.tolist())
        assert (found[subset].loss, found[subset].error) == pytest.approx((loss, error), rel=1e-12)
        assert found[subset].examples == len(labels)
        assert found[subset].standard_error == pytest.approx(math.sqrt(error * (1 - error) / len(labels)))
        assert found[subset].epoch == 4


def test_a_part_without_examples_has_no_row():
    train = examples(10)
    train.permuted[:] = False
    found, _ = measures(train, examples(5))
    assert found.keys() == {"train", "unpermuted", "test"}


def test_prediction_uses_evaluation_mode():
    model = network(dropout=0.5)
    images = examples(600).images
    logits = predict(model, images, normalisation(), "float32")
    with torch.no_grad():
        torch.testing.assert_close(logits, model.eval()(normalisation()(images)))
    assert torch.equal(logits, predict(model, images, normalisation(), "float32"))
