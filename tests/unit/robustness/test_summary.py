import numpy as np
import pytest
from scipy.stats import binomtest

from rote.errors import DataError
from rote.robustness.summary import certified_accuracy, summarise

RADIUS = [0.5, np.nan, 0.1, 0.3, np.nan, 0.3]
CORRECT = [True, True, False, True, False, True]


def test_radii_are_summarised_over_the_images_with_a_prediction():
    found = summarise(RADIUS)
    assert (found.images, found.classification_rate, found.abstention_rate) == (6, 4 / 6, 1 - 4 / 6)
    assert found.mean_radius == pytest.approx((0.5 + 0.1 + 0.3 + 0.3) / 4)
    assert found.radius_deviation == pytest.approx(np.std([0.5, 0.1, 0.3, 0.3]))


def test_without_any_prediction_there_is_no_mean_radius():
    found = summarise([None, None])
    assert (found.classification_rate, found.abstention_rate) == (0, 1)
    assert np.isnan([found.mean_radius, found.radius_deviation]).all()


def test_an_image_counts_at_a_radius_if_its_right_class_is_certified_up_to_it():
    accuracy, low, high = certified_accuracy(RADIUS, CORRECT, [0, 0.1, 0.3, 0.31, 0.5, 1])
    hits = [3, 3, 3, 1, 1, 0]
    assert accuracy.tolist() == [count / 6 for count in hits]
    exact = [binomtest(count, 6).proportion_ci(0.95, "exact") for count in hits]
    assert low == pytest.approx([bounds.low for bounds in exact])
    assert high == pytest.approx([bounds.high for bounds in exact])


def test_nothing_to_summarise_is_refused():
    with pytest.raises(DataError, match="no certificate"):
        summarise([])
    with pytest.raises(DataError, match="one of each per image"):
        certified_accuracy([0.1], [True, False], [0])
