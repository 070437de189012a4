"""The picture of images in the plane."""

import numpy as np
import pandas as pd

from rote.figures.embeddings import GROUPS, plot_embeddings
from rote.figures.style import save


def tables(groups=GROUPS):
    random, n = np.random.default_rng(0), 30
    points = [
        pd.DataFrame(
            {
                "epoch": epoch,
                "tap": "relu_1",
                "group": group,
                "example": np.arange(n) + n * number,
                "class": np.arange(n) % 3,
                "x": random.standard_normal(n),
                "y": random.standard_normal(n),
            }
        )
        for epoch in (0, 4)
        for number, group in enumerate(groups)
    ]
    counted = [(epoch, "relu_1", group, 0.5, 0.01, 0.1) for epoch in (0, 4) for group in groups]
    columns = ["epoch", "tap", "group", "agreement", "standard_error", "chance"]
    return pd.concat(points), pd.DataFrame(counted, columns=columns)


def test_it_has_a_panel_for_each_group_and_epoch_with_its_number():
    made = plot_embeddings(*tables(), title="T")
    assert len(made.axes) == len(GROUPS) * 2
    assert {axes.get_xlabel() for axes in made.axes} == {"0.50 ± 0.01 (0.10)"}


def test_groups_that_there_are_not_have_no_row():
    assert len(plot_embeddings(*tables(("unpermuted", "test")), title="T").axes) == 2 * 2


def test_equal_tables_give_pictures_of_equal_bytes(tmp_path):
    for name in ("one", "other"):
        save(plot_embeddings(*tables(), title="T"), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
