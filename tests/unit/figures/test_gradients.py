from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.intervals import over_seeds
from rote.figures.gradients import plot_norms, plot_parts, plot_ratios
from rote.figures.seeds import at_common_epochs

LAYERS, EPOCHS, RUNS = ("first", "second", "last"), (0, 1, 4), ("a", "b")
GROUPS, CENTRES = ("all", "unpermuted", "permuted"), ("classes", "label_frequency")


def drawn(groups=GROUPS, runs=RUNS, centres=CENTRES):
    """LABEL_PARTS of runs; norms are random, the gradient's the same for every centre."""
    draw = np.random.default_rng(0)
    keys = ["run", "layer", "epoch", "group"]
    whole = pd.DataFrame(product(runs, LAYERS, EPOCHS, groups), columns=keys)
    whole["gradient"] = draw.lognormal(size=len(whole))
    frame = whole.merge(pd.DataFrame({"centred_by": centres}), how="cross")
    return frame.assign(dependent=draw.lognormal(size=len(frame)), independent=draw.lognormal(size=len(frame)))


def norm(frame, name, **keys):
    found = frame[np.logical_and.reduce([frame[key] == value for key, value in keys.items()])]
    return found.set_index("run")[name]


def panels(figure):
    """Panels in order; the last of a figure's axes is its bar of colours."""
    return figure.axes[:-1]


def curves(axes):
    """All lines but zero's."""
    return axes.lines[1:]


def test_lines_are_means_of_log_ratios_over_runs_and_bands_their_intervals():
    frame = drawn()
    figure = plot_ratios(frame, title="")
    ratios = {
        0: (("dependent", "unpermuted"), ("independent", "unpermuted")),
        1: (("dependent", "permuted"), ("independent", "permuted")),
        2: (("dependent", "unpermuted"), ("dependent", "permuted")),
        3: (("independent", "unpermuted"), ("independent", "permuted")),
    }
    assert len(panels(figure)) == 2 * len(ratios)
    for (row, centre), (column, (above, below)) in product(enumerate(CENTRES), ratios.items()):
        axes = panels(figure)[4 * row + column]
        for layer, line in zip(LAYERS, curves(axes), strict=True):
            for place, epoch in enumerate(EPOCHS):
                keys = {"layer": layer, "epoch": epoch, "centred_by": centre}
                values = [norm(frame, part, group=group, **keys) for part, group in (above, below)]
                expected = over_seeds(np.log(values[0] / values[1]))
                assert line.get_ydata()[place] == pytest.approx(expected.estimate)
                band = axes.collections[LAYERS.index(layer)].get_paths()[0].vertices
                assert any(np.isclose(band[:, 1], expected.low))
                assert any(np.isclose(band[:, 1], expected.high))


def test_zero_is_marked():
    for axes in panels(plot_ratios(drawn(), title="")):
        assert list(axes.lines[0].get_ydata()) == [0, 0]


def test_maps_are_geometric_means_over_runs_with_the_first_layer_on_top():
    frame = drawn()
    figure = plot_norms(frame, title="")
    for axes, group in zip(panels(figure), GROUPS, strict=True):
        values = axes.collections[0].get_array()
        for (i, layer), (j, epoch) in product(enumerate(LAYERS), enumerate(EPOCHS)):
            keys = {"layer": layer, "epoch": epoch, "group": group, "centred_by": "classes"}
            assert values[i, j] == pytest.approx(np.sqrt(np.prod(norm(frame, "gradient", **keys))))
        bottom, top = axes.get_ylim()
        assert bottom > top
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(LAYERS)


def test_all_maps_of_a_figure_have_one_scale_of_colours():
    axes = panels(plot_parts(drawn(), title=""))
    assert len(axes) == 8
    assert len({(one.collections[0].norm.vmin, one.collections[0].norm.vmax) for one in axes}) == 1


def test_parts_of_each_centre_stand_in_a_row():
    frame = drawn()
    figure = plot_parts(frame, title="")
    values = panels(figure)[5].collections[0].get_array()  # second row: dependent of permuted
    keys = {"layer": "first", "epoch": 4, "group": "permuted", "centred_by": "label_frequency"}
    assert values[0, 2] == pytest.approx(np.sqrt(np.prod(norm(frame, "dependent", **keys))))


def test_only_epochs_that_every_run_has_are_drawn():
    frame = drawn()
    shorter = frame[(frame["run"] == "a") | (frame["epoch"] < 4)]
    assert set(at_common_epochs(shorter)["epoch"]) == {0, 1}
    assert all(len(line.get_xdata()) == 2 for line in curves(panels(plot_ratios(shorter, title=""))[0]))
    assert panels(plot_norms(shorter, title=""))[0].collections[0].get_array().shape == (3, 2)


def test_groups_without_examples_leave_out_what_compares_them():
    frame = drawn(groups=("all", "unpermuted"))
    assert len(panels(plot_norms(frame, title=""))) == 2
    assert len(panels(plot_parts(frame, title=""))) == 4
    assert [axes.get_title()[0] for axes in panels(plot_ratios(frame, title=""))] == ["D", "D"]


def test_a_part_that_is_zero_leaves_a_gap():
    frame = drawn()
    at = (frame["layer"] == "first") & (frame["epoch"] == 1) & (frame["group"] == "unpermuted") & (frame["run"] == "a")
    frame.loc[at, "dependent"] = 0.0
    axes = panels(plot_ratios(frame, title=""))[0]
    assert np.isnan(curves(axes)[0].get_ydata()).tolist() == [False, True, False]
    assert not np.isnan(curves(axes)[1].get_ydata()).any()


def test_one_run_has_lines_and_no_bands():
    axes = panels(plot_ratios(drawn(runs=("a",)), title=""))[0]
    assert np.isfinite(curves(axes)[0].get_ydata()).all()
    assert all(np.isnan(path.vertices[:, 1]).all() for band in axes.collections for path in band.get_paths())
