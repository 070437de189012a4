"""The picture of two classes of spheres."""

import numpy as np
import pandas as pd

from rote.figures.spheres import POINTS, plot_spheres
from rote.figures.style import save


def test_each_further_feature_has_a_panel_against_the_one_that_tells_the_classes_apart(tmp_path):
    random = np.random.default_rng(0)
    points = pd.DataFrame(random.standard_normal((2 * POINTS + 20, 3)), columns=["feature 0", "feature 1", "feature 2"])
    points["class"] = np.where(np.arange(len(points)) % 2 == 0, "sphere 0", "sphere 1")
    made = plot_spheres(points, title="")
    axes = made.axes
    assert [(one.get_xlabel(), one.get_ylabel()) for one in axes] == [
        ("feature 0", "feature 1"),
        ("feature 0", "feature 2"),
    ]
    for one, feature in zip(axes, ("feature 1", "feature 2"), strict=True):
        for drawn, name in zip(one.collections, ("sphere 0", "sphere 1"), strict=True):
            expected = points.loc[points["class"] == name, ["feature 0", feature]].to_numpy()[:POINTS]
            assert np.array_equal(drawn.get_offsets(), expected)
    save(made, tmp_path / "made.png")
    assert (tmp_path / "made.svg").stat().st_size > 0
