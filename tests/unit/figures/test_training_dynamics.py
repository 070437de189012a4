import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from rote import tables
from rote.figures import training_dynamics as figures
from rote.figures.style import epoch_position, log_epoch_axis, mark_perfect_fitting, save
from rote.tables.dynamics import CHANCE_CKA, EPOCH_CKA, EVOLUTION, INITIALISATION_CKA, TRANSITIONS, repeated
from rote.tables.frames import gather
from rote.tables.maps import gather_maps
from rote.tables.training import EPOCH_ZERO, HISTORY

TAPS = ("first_convolution", "stage_1")
EPOCHS = np.array([0, 1, 2, 5, 10], np.int32)


def similarity(tap):
    """A map whose entries are all different, so that none can stand in another's place."""
    place = np.log10(np.maximum(EPOCHS, 0.5))
    return np.exp(-(1 + TAPS.index(tap)) * np.abs(place[:, None] - place) * (2 + place[:, None] + place))


def write_map(path):
    provenance = {"estimator": "biased", "batches": "mean_of_cka"}
    i, j = np.triu_indices(len(EPOCHS))
    with tables.writing(path, EPOCH_CKA, provenance) as table:
        for tap in TAPS:
            table.append(
                {
                    "tap": repeated(tap, len(i), TAPS),
                    "epoch": EPOCHS[i],
                    "other_epoch": EPOCHS[j],
                    "cka": similarity(tap)[i, j],
                    "standard_error": [None] * len(i),
                }
            )


@pytest.fixture
def run(tmp_path):
    """Rows of one run's tables: one batch of images, so without standard errors; a transition at one of two taps."""
    n = len(EPOCHS)
    write_map(tmp_path / "epoch_cka")
    history = {
        "epoch": np.tile(EPOCHS, 2),
        "subset": ["train"] * n + ["test"] * n,
        "examples": np.full(2 * n, 100, np.int32),
        "loss": np.ones(2 * n),
        "error": np.array([0.9, 0.5, 0.1, 0, 0, 0.9, 0.6, 0.3, 0.2, 0.2]),
        "standard_error": np.full(2 * n, 0.01),
    }
    tables.write(tmp_path / "history", HISTORY, history, {})
    with (
        tables.writing(tmp_path / "chance", CHANCE_CKA, {}) as chance,
        tables.writing(tmp_path / "initialisation", INITIALISATION_CKA, {}) as initialisation,
        tables.writing(tmp_path / "evolution", EVOLUTION, {}) as evolution,
        tables.writing(tmp_path / "transitions", TRANSITIONS, {}) as transitions,
    ):
        for tap in TAPS:
            names = repeated(tap, n, TAPS)
            chance.append({"tap": names, "epoch": EPOCHS, "cka": np.full(n, 0.1), "standard_error": [None] * n})
            for reference in ("own", "unrelated"):
                initialisation.append(
                    {
                        "tap": names,
                        "epoch": EPOCHS,
                        "reference": repeated(reference, n, ("own", "unrelated")),
                        "index": np.full(n, int(reference == "unrelated"), np.int32),
                        "cka": similarity(tap)[0],
                        "standard_error": [None] * n,
                    }
                )
            evolution.append(
                {
                    "tap": repeated(tap, 2, TAPS),
                    "window_start": [0.0, 1.0],
                    "window_end": [1.0, 10.0],
                    "dissimilarity": [0.2, 0.1],
                    "standard_error": [None, None],
                }
            )
            some = tap == "stage_1"
            transitions.append(
                {
                    "tap": repeated(tap, 1, TAPS),
                    **{name: [epoch if some else None] for name, epoch in
                       {"transition_epoch": 2, "epoch_low": 1, "epoch_high": 5}.items()},
                    "support": [1.0],
                    "gain": [0.5 if some else None],
                    "null_gain": [0.1 if some else None],
                    "perfect_fitting_epoch": [5],
                }
            )  # fmt: skip
    schemas = {"chance": CHANCE_CKA, "history": HISTORY, "transitions": TRANSITIONS, "evolution": EVOLUTION}
    schemas |= {"initialisation": INITIALISATION_CKA}
    rows = {name: gather(tmp_path / name, schema) for name, schema in schemas.items()}
    return rows | {"epoch_cka": gather_maps(tmp_path / "epoch_cka")}


def of_runs(rows, *runs):
    """The same rows for each of some runs."""
    return pd.concat([rows.assign(run=run) for run in runs])


def draw_all(run, folder):
    history, chance, transitions = (run[name] for name in ("history", "chance", "transitions"))
    histories = of_runs(history, "two", "one")
    named = {"titles": {"one": "One", "two": "Two"}, "title": "Runs"}
    drawn = {
        "errors": figures.plot_errors(history, title="A run"),
        "maps": figures.plot_epoch_cka(run["epoch_cka"], chance, history, transitions, title="A run"),
        "random": figures.plot_initialisation(run["initialisation"], chance, history, title="A run"),
        "comparison": figures.plot_comparison(histories, of_runs(transitions, "one", "two"), **named),
        "evolution": figures.plot_evolution(histories, of_runs(run["evolution"], "one", "two"), **named),
    }
    for name, figure in drawn.items():
        save(figure, folder / f"{name}.png")
    return sorted(folder.iterdir())


def test_equal_tables_give_pictures_of_equal_bytes(run, tmp_path):
    one, other = (draw_all(run, tmp_path / name) for name in ("one", "other"))
    assert len(one) == 10
    for path, twin in zip(one, other, strict=True):
        assert path.read_bytes() == twin.read_bytes()


def test_pictures_have_the_same_bytes_whatever_settings_of_matplotlib_are_in_force(run, tmp_path):
    one = draw_all(run, tmp_path / "one")
    with mpl.rc_context({"axes.facecolor": "red", "font.family": "monospace", "image.cmap": "jet", "savefig.dpi": 17}):
        other = draw_all(run, tmp_path / "other")
    for path, twin in zip(one, other, strict=True):
        assert path.read_bytes() == twin.read_bytes()


def test_figures_leave_nothing_open(run, tmp_path):
    draw_all(run, tmp_path / "drawn")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("tap", TAPS)
def test_a_map_has_every_value_at_its_epochs_whatever_the_order_of_rows(run, tap):
    rows = run["epoch_cka"].query("tap == @tap").sample(frac=1, random_state=0)
    epochs, drawn = figures._map(rows)
    np.testing.assert_array_equal(epochs, EPOCHS)
    np.testing.assert_array_equal(drawn, np.triu(similarity(tap)) + np.triu(similarity(tap), 1).T)


def test_taps_are_drawn_in_order_of_depth(run):
    names = ("epoch_cka", "chance", "history", "transitions")
    figure = figures.plot_epoch_cka(*(run[name] for name in names), title="A run")
    titles = [axes.get_title().partition("\n")[0] for axes in figure.axes]
    assert titles[: len(TAPS)] == ["first convolution", "stage 1"]


def test_runs_are_told_apart_by_name_and_stand_in_the_order_of_their_titles(run):
    better = run["history"].assign(error=run["history"]["error"] / 2)
    history = pd.concat([better.assign(run="better"), run["history"].assign(run="run")])
    transitions = of_runs(run["transitions"], "better", "run")
    figure = figures.plot_comparison(
        history, transitions, titles={"run": "A run", "better": "A better one"}, title="Runs"
    )
    errors = [line.get_ydata().tolist() for line in figure.axes[0].lines if len(line.get_xdata()) == len(EPOCHS)]
    assert errors == [[0.9, 0.6, 0.3, 0.2, 0.2], [0.45, 0.3, 0.15, 0.1, 0.1]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["A run", "A better one"]


def test_the_heatmap_puts_the_untrained_network_at_the_left_end():
    _, axes = plt.subplots()
    image = figures._draw_map(axes, EPOCHS.astype(np.int64), similarity("stage_1"))
    corners = image.get_coordinates()
    assert corners[0, 0].tolist() == [EPOCH_ZERO, EPOCH_ZERO]
    np.testing.assert_allclose(corners[-1, -1], 10)
    assert axes.get_xlim() == axes.get_ylim() == (EPOCH_ZERO, 10)
    plt.close()


def test_all_maps_share_one_colour_scale():
    _, (left, right) = plt.subplots(1, 2)
    images = [figures._draw_map(axes, EPOCHS, similarity(tap)) for axes, tap in zip((left, right), TAPS, strict=True)]
    assert {image.get_clim() for image in images} == {(0, 1)}
    plt.close()


@pytest.mark.parametrize(
    ("last", "labels"),
    [(200, ["0", "1", "10", "100"]), (4000, ["0", "1", "10", "100", "1000", "4000"]), (1, ["0", "1"])],
)
def test_the_axis_says_0_for_the_untrained_network_and_names_its_end_where_there_is_room(last, labels):
    _, axes = plt.subplots()
    log_epoch_axis(axes, last)
    axes.figure.canvas.draw()
    assert [label.get_text() for label in axes.get_xticklabels()] == labels
    plt.close()


def test_epochs_stand_where_they_are_and_epoch_0_left_of_1():
    assert epoch_position(np.array([0, 1, 7])).tolist() == [EPOCH_ZERO, 1, 7]


@pytest.mark.parametrize(("epoch", "lines"), [(None, 0), (0, 1), (5, 1)])
def test_perfect_fitting_is_marked_where_it_happens(epoch, lines):
    _, axes = plt.subplots()
    mark_perfect_fitting(axes, epoch)
    assert isinstance(axes, Axes)
    assert len(axes.lines) == lines
    if epoch == 5:
        assert list(axes.lines[0].get_xdata()) == [5, 5]
    plt.close()
