import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rote.training.augmentation import Augmentation
from tests.unit.training.training_examples import CPU, MEAN, STD, normalisation

images = torch.from_numpy(np.random.default_rng(0).integers(1, 256, (12, 5, 7, 3)).astype(np.uint8))


def draw(padding, flip, seed=0, n=12):
    return Augmentation(crop_padding=padding, flip=flip).draw(n, np.random.default_rng(seed), CPU)


@given(padding=st.integers(0, 4), flip=st.booleans(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_an_augmented_image_is_a_window_of_the_zero_padded_image_flipped_or_not(padding, flip, seed):
    chosen = torch.tensor([3, 0, 11, 3])
    draws = draw(padding, flip, seed)
    found = draws.apply(images[chosen], chosen)

    for image, example in zip(found, chosen.tolist(), strict=True):
        padded = np.pad(images[example].numpy(), [(padding, padding), (padding, padding), (0, 0)])
        row, column = draws.corners[example].tolist()
        window = padded[row : row + 5, column : column + 7]
        assert np.array_equal(image.numpy(), window[:, ::-1] if draws.flipped[example] else window)


def test_crops_reach_every_corner_of_the_padded_image_alike():
    n, padding = 90_000, 4
    corners = draw(padding, False, n=n).corners
    counts = torch.bincount(corners[:, 0] * 9 + corners[:, 1], minlength=81).double()
    chi_squared = ((counts - n / 81) ** 2 / (n / 81)).sum().item()
    assert chi_squared < 130  # 80 degrees of freedom: exceeded with probability 4e-4


def test_half_of_the_images_are_flipped():
    flipped = draw(0, True, n=10_000).flipped.double().mean().item()
    assert flipped == pytest.approx(0.5, abs=0.02)  # four standard errors


def test_without_flip_none_is_flipped():
    assert not draw(2, False, n=1000).flipped.any()


def test_the_border_of_a_crop_is_minus_mean_over_std_after_normalisation():
    draws = draw(2, False)
    draws.corners[:] = 0  # the window begins in the padding's corner
    border = normalisation(torch.float64)(draws.apply(images, torch.arange(12)))[:, :, :2]
    expected = -torch.tensor(MEAN, dtype=torch.float64) / torch.tensor(STD, dtype=torch.float64)
    torch.testing.assert_close(border, expected.view(1, 3, 1, 1).expand_as(border))
