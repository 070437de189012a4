"""The picture of simulated capacity against the theory's."""

import numpy as np
import pandas as pd
import pytest

from rote.figures.simulation import plot_simulation
from rote.figures.style import save


@pytest.fixture
def points():
    random = np.random.default_rng(0)
    rows = [
        (group, moment, tap, capacity, 0.8 * capacity, 1.2 * capacity, capacity * 1.1, 0.01)
        for group in ("unpermuted", "permuted")
        for moment in ("best", "last")
        for tap, capacity in zip(("relu_1", "relu_2"), random.uniform(0.1, 0.5, 2), strict=True)
    ]
    columns = ["group", "moment", "tap", "capacity", "low", "high", "theory", "theory_error"]
    return pd.DataFrame(rows, columns=columns).assign(n_manifolds=10, images_per_class=36, dichotomies=20)


def test_every_capacity_is_a_point_with_its_interval(points):
    (axes,) = plot_simulation(points, title="").axes
    drawn = np.concatenate([np.column_stack(container.lines[0].get_data()) for container in axes.containers])
    assert sorted(map(tuple, drawn)) == sorted(zip(points["theory"], points["capacity"], strict=True))
    heights = [segment[:, 1] for container in axes.containers for segment in container.lines[2][1].get_segments()]
    assert sorted(map(list, heights)) == [
        pytest.approx(one) for one in sorted(map(list, points[["low", "high"]].to_numpy()))
    ]


def test_what_has_no_capacity_has_no_point_and_is_counted(points):
    points.loc[0, "capacity"] = np.nan
    (axes,) = plot_simulation(points, title="T").axes
    assert axes.get_title() == ("7 of 8 sets of manifolds are shown\n10 classes of 36 images, 20 divisions of each")


@pytest.mark.parametrize("lacking", ["high", "capacity"])
def test_open_intervals_and_no_point_at_all_are_drawn(points, lacking, tmp_path):
    save(plot_simulation(points.assign(**{lacking: np.nan}), title=""), tmp_path / "made.png")
    assert (tmp_path / "made.svg").stat().st_size > 0
