from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from scipy.stats import beta, binom, norm
from torch import nn

from rote.config.certification import Certification
from rote.errors import ConfigError, DataError
from rote.robustness.certify import BLOCK, certify
from tests.unit.robustness.linear_classifier import MEAN, SHAPE, STD, Linear, images, keyed, linear, normalisation

SETTINGS = {
    "standard_deviation": 0.5,
    "n0": 20,
    "n": 250,
    "alpha": 0.01,
    "noise_units": "normalised",
    "batch_size": 300,
}


def begun(classifier, x, **changes):
    """What `certify` gives under these settings."""
    options = {"normalisation": normalisation(), "generator": keyed(), **SETTINGS, **changes}
    certification = Certification(**{field.name: options.pop(field.name) for field in fields(Certification)})
    return certify(classifier, x, certification=certification, **options)


def certificates(classifier, x, **changes):
    """Certificates in the order of the images."""
    return sorted(begun(classifier, x, **changes), key=lambda certificate: certificate.image)


def network(seed=0, dropout=0.0):
    """A random network of five classes with batch normalisation, from which some images certify and some do not."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(dropout), nn.Linear(32, 5)]
        model = nn.Sequential(*layers).double()
        model(torch.randn(50, 3, 4, 4, dtype=torch.float64))  # statistics of the batch normalisation
    return model.eval()


def by_hand(model, x, normalise, standard_deviation, n0, n, alpha, noise_units, **_):
    """Algorithm CERTIFY image by image and draw by draw: (class, radius) or None."""
    scale = torch.tensor(STD).view(3, 1, 1) if noise_units == "pixel" else 1.0
    found = []
    for image in range(len(x)):
        parts = [min(BLOCK, total - start) for total in (n0, n) for start in range(0, total, BLOCK)]
        noise = [
            torch.empty(draws, 3, 4, 4, dtype=torch.float64).normal_(generator=keyed()(image, block))
            for block, draws in enumerate(parts)
        ]
        clean = normalise(x[image : image + 1])
        predictions = [int(model(clean + standard_deviation * draw / scale).argmax()) for draw in torch.cat(noise)]
        top = min(Counter(predictions[:n0]).items(), key=lambda item: (-item[1], item[0]))[0]
        count = predictions[n0:].count(top)
        share = beta.ppf(alpha, count, n - count + 1) if count else 0
        found.append((top, standard_deviation * norm.ppf(share)) if share > 0.5 else None)
    return found


@pytest.mark.parametrize("noise_units", ["pixel", "normalised"])
def test_certificates_are_those_of_the_algorithm_done_draw_by_draw(noise_units):
    model, x = network(), images(12)
    standard_deviation = 0.5 if noise_units == "normalised" else 0.12
    found = certificates(model, x, standard_deviation=standard_deviation, noise_units=noise_units)
    with torch.inference_mode():
        expected = by_hand(
            model,
            x,
            normalisation(),
            **{**SETTINGS, "standard_deviation": standard_deviation, "noise_units": noise_units},
        )
    assert [certificate.predicted_class for certificate in found] == [one and one[0] for one in expected]
    assert None in expected
    assert sum(one is not None for one in expected) > 3
    radii = [certificate.radius for certificate in found if certificate.radius is not None]
    assert radii == pytest.approx([one[1] for one in expected if one is not None], rel=1e-9)


@pytest.mark.parametrize("batch_size", [7, 100, 250, 1000, 100_000])
def test_certificates_do_not_depend_on_the_batch_size(batch_size):
    model, x = network(), images(15)
    assert certificates(model, x, batch_size=batch_size) == certificates(model, x)


def test_certificates_do_not_depend_on_the_images_certified_with_them():
    model, x = network(), images(15)
    together = certificates(model, x)
    for image in range(15):
        (alone,) = certificates(
            model, x[image : image + 1], generator=lambda _, block, image=image: keyed()(image, block)
        )
        assert replace(alone, image=image) == together[image]


def test_curtailed_certificates_equal_full_ones():
    model, x = network(), images(40)
    curtailed, full = certificates(model, x, n=1000), certificates(model, x, n=1000, curtail=False)
    outcome = [[(c.image, c.predicted_class, c.radius, c.top_class) for c in found] for found in (curtailed, full)]
    assert outcome[0] == outcome[1]
    assert any(c.curtailed for c in curtailed)
    assert any(c.radius is not None for c in curtailed)
    assert not any(c.curtailed for c in full)
    assert {c.draws for c in full} == {1000}


def test_an_image_is_given_up_in_the_block_in_which_its_misses_pass_what_a_certificate_allows():
    n, alpha = 1000, 0.001
    least = int(binom.isf(alpha, n, 0.5)) + 1

    def classifier(inputs):  # class 0 in the first draws, never again
        nonlocal calls
        calls += 1
        return nn.functional.one_hot(torch.full((len(inputs),), int(calls > 1)), 2).double()

    calls = 0
    (found,) = certificates(classifier, images(1), n0=BLOCK, n=n, alpha=alpha, batch_size=BLOCK)
    assert (found.top_class, found.count, found.curtailed) == (0, 0, True)
    assert found.draws - BLOCK <= n - least < found.draws
    assert calls == 1 + found.draws // BLOCK


def test_a_single_certifiable_count_less_abstains():
    def classifier(inputs):  # the first `hits` counted draws are of class 0
        nonlocal seen
        numbers = torch.arange(seen, seen + len(inputs))
        seen += len(inputs)
        return nn.functional.one_hot((numbers >= BLOCK + hits).long(), 2).double()

    n, alpha = 200, 0.001
    least = int(binom.isf(alpha, n, 0.5)) + 1
    for hits in (least - 1, least):
        seen = 0
        (found,) = certificates(classifier, images(1), n0=BLOCK, n=n, alpha=alpha, curtail=False)
        assert found.count == hits
        assert (found.radius is None) == (hits < least)


def test_radii_exceed_the_truth_no_more_often_than_alpha_and_come_close_to_it():
    n_images, alpha, standard_deviation = 300, 0.1, 0.5
    model, x = linear(), images(n_images)
    # through each image's own threshold, true radii run evenly from 0 to 2 standard_deviation
    scores = (normalisation()(x) * model.weight).sum((1, 2, 3))
    true = torch.linspace(0, 2 * standard_deviation, n_images, dtype=torch.float64)
    model = Shifted(model.weight, scores - true * model.weight.norm())
    found = [
        model.certified(x, image, n=2000, alpha=alpha, standard_deviation=standard_deviation)
        for image in range(n_images)
    ]
    wrong = sum(c.radius is not None and (c.predicted_class != 1 or c.radius > true[c.image]) for c in found)
    assert wrong <= binom.ppf(0.9999, n_images, alpha)
    assert wrong >= binom.ppf(0.0001, n_images, alpha * 0.5)  # a bound that is never wrong would be too careful
    gaps = [float(true[c.image]) - c.radius for c in found if c.radius is not None]
    assert len(gaps) > 0.8 * n_images
    assert np.median(gaps) < 0.05 * standard_deviation


class Shifted:
    """Linear classifiers of one weight, a threshold for every image."""

    def __init__(self, weight, thresholds):
        self.weight, self.thresholds = weight, thresholds

    def certified(self, x, image, **changes):
        classifier = Linear(self.weight, self.thresholds[image])
        (found,) = certificates(classifier, x[image : image + 1], generator=lambda _, b: keyed()(image, b), **changes)
        return replace(found, image=image)


def test_radii_in_pixels_do_not_depend_on_the_normalisation():
    x, plain = images(30), linear()
    pixel_radii = []
    for mean, std in [((0, 0, 0), (1, 1, 1)), (MEAN, STD), ((0.1, 0.2, 0.3), (3, 0.05, 1))]:
        # the same function of pixels, behind another normalisation
        means, stds = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (mean, std))
        center = (plain.weight * 0.5).sum()
        classifier = Linear(plain.weight * stds, center - (plain.weight * means).sum())
        found = certificates(
            classifier, x, normalisation=normalisation(mean, std), standard_deviation=0.25, noise_units="pixel", n=1000
        )
        pixel_radii.append([(c.predicted_class, c.radius, c.count) for c in found])
    assert pixel_radii[0] == pixel_radii[1] == pixel_radii[2]
    assert sum(radius is not None for _, radius, _ in pixel_radii[0]) > 10


def test_normalised_noise_is_pixel_noise_of_the_normalisation_s_deviation():
    x, model, std = images(20), network(), (0.25, 0.25, 0.25)
    options = {"normalisation": normalisation(MEAN, std)}
    normalised = certificates(model, x, standard_deviation=0.5, noise_units="normalised", **options)
    pixel = certificates(model, x, standard_deviation=0.125, noise_units="pixel", **options)
    assert [c.count for c in normalised] == [c.count for c in pixel]
    radii = [(c.radius, p.radius) for c, p in zip(normalised, pixel, strict=True) if c.radius is not None]
    assert [four_times for four_times, _ in radii] == pytest.approx([4 * radius for _, radius in radii], rel=1e-12)


def test_a_network_is_certified_in_evaluation_mode():
    model, x = network(dropout=0.5), images(6)
    expected = certificates(model.eval(), x)
    assert certificates(model.train(), x) == expected


def test_the_class_is_chosen_by_draws_that_are_not_counted():
    def classifier(inputs):  # alternates between the blocks of n0 and those of n
        nonlocal calls
        calls += 1
        return nn.functional.one_hot(torch.full((len(inputs),), 2 if calls == 1 else 1), 3).double()

    calls = 0
    (found,) = certificates(classifier, images(1), n0=50, n=100, batch_size=BLOCK, curtail=False)
    assert (found.top_class, found.count, found.predicted_class) == (2, 0, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n0": 0}, "n0 must be"),
        ({"n": 0}, "n must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"standard_deviation": 0.0}, "standard_deviation must be"),
        ({"alpha": 1.0}, "alpha must be"),
        ({"noise_units": "pixels"}, "Did you mean pixel"),
        ({"n": 9, "alpha": 0.001}, "n = 9 draws can certify nothing at alpha = 0.001"),
    ],
)
def test_settings_that_cannot_serve_are_refused_at_the_call(change, message):
    with pytest.raises(ConfigError, match=message):
        begun(linear(), images(1), **change)


def test_a_network_that_diverged_is_refused():
    weight = torch.full((3, *SHAPE[:2]), torch.nan, dtype=torch.float64)
    with pytest.raises(DataError, match="a logit of a noisy image is a NaN"):
        certificates(Linear(weight), images(1))
