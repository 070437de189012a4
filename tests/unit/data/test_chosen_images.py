import numpy as np
import pytest

from rote import tables
from rote.data.chosen_images import load_chosen
from rote.errors import DataError
from rote.tables.data import images

PIXELS = np.random.default_rng(0).integers(0, 256, (9, 2, 3, 3), np.uint8)


@pytest.fixture
def train(tmp_path):
    columns = {"example": np.arange(9), "image": [one.tobytes() for one in PIXELS], "true_label": np.zeros(9, np.int16)}
    header = {"name": "spots", "split": "train", "shape": [2, 3, 3], "classes": ["0"], "mean": [0.0] * 3}
    provenance = {"dataset": header | {"std": [1.0] * 3, "licence": "none"}}
    tables.write(tmp_path / "train.parquet", images((2, 3, 3)), columns, provenance)
    return tmp_path / "train.parquet"


def test_an_image_has_the_pixels_of_its_example(train):
    found = load_chosen(train, [7, 0, 7, 4])
    assert sorted(found) == [0, 4, 7]
    for example, image in found.items():
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image, PIXELS[example])


def test_an_example_that_is_not_there_is_named(train):
    with pytest.raises(DataError, match="has no example 9, 12"):
        load_chosen(train, [1, 12, 9])
