import pytest
import torch

from rote.training.inputs import InputNoise, Normalisation
from tests.unit.training.training_examples import CPU, MEAN, STD, examples, normalisation

images = examples(64, size=16).images


def test_normalisation_is_pixels_over_255_minus_mean_over_std():
    pixels = images.double().permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (MEAN, STD))
    torch.testing.assert_close(normalisation(torch.float64)(images), (pixels - mean) / std)
    torch.testing.assert_close(normalisation()(images), ((pixels - mean) / std).float())


@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_inputs_have_the_memory_format_asked_for(memory_format):
    inputs = Normalisation(MEAN, STD, CPU, memory_format=memory_format)(images)
    assert inputs.is_contiguous(memory_format=memory_format)


def test_normalisation_leaves_the_images_alone():
    before = images.clone()
    normalisation()(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize(("units", "expected"), [("normalised", (0.5, 0.5, 0.5)), ("pixel", [0.5 / s for s in STD])])
def test_noise_has_its_standard_deviation_in_its_units(units, expected):
    inputs = torch.zeros(500, 3, 16, 16)
    InputNoise(standard_deviation=0.5, units=units).add(inputs, normalisation(), torch.Generator().manual_seed(0))
    assert inputs.std(dim=(0, 2, 3)).tolist() == pytest.approx(list(expected), rel=0.01)  # 5 standard errors
    assert inputs.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=0.03)
