import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex

from rote import tables
from rote.errors import ConfigError
from rote.figures.certified_accuracy import plot_certified_accuracy
from rote.figures.style import save
from rote.tables.bins import CERTIFIED_ACCURACY
from rote.tables.frames import gather

CERTIFICATION = {"standard_deviation": 0.25, "noise_units": "normalised", "n0": 100, "n": 100_000, "alpha": 0.001}
RADII = np.linspace(0, 2, 9)


def accuracy(number, radius):
    return (0.8 if number is None else 0.9 / (1 + number)) * np.exp(-radius)


def gathered(folder, protocols, n_bins, radii=RADII, certification=CERTIFICATION):
    """Rows of a table for each protocol, gathered in an order that means nothing."""
    paths = [write(folder / protocol, n_bins, radii, certification) for protocol in reversed(protocols)]
    return gather(paths, CERTIFIED_ACCURACY, ["protocol"], ["certification"])


def write(path, n_bins, radii, certification):
    """Table in an order of rows that is not that of radii, of the protocol that its file is named by."""
    rows = [(number, radius) for radius in radii[::-1] for number in (*range(n_bins), None)]
    found = np.array([accuracy(*row) for row in rows])
    values = {"accuracy": found, "accuracy_low": found * 0.9, "accuracy_high": found * 1.1}
    provenance = {"certification": certification, "wildcards": {"protocol": path.name}}
    named = {"bin": [number for number, _ in rows], "radius": [radius for _, radius in rows]}
    tables.write(path, CERTIFIED_ACCURACY, named | values, provenance)
    return path


@pytest.fixture
def drawn(tmp_path):
    """Axes of the figure: a panel for each protocol, and the bar of colours."""

    def draw(n_bins, protocols=("exact",), radii=RADII):
        return plot_certified_accuracy(gathered(tmp_path, protocols, n_bins, radii), title="Digits").axes

    return draw


@pytest.mark.parametrize("n_bins", [1, 2, 10, 50])
def test_every_bin_has_a_thin_line_and_all_together_a_black_one_upon_them(drawn, n_bins):
    axes, _ = drawn(n_bins)
    *bins, whole = axes.lines
    assert len(bins) == n_bins
    for number, line in [*enumerate(bins), (None, whole)]:
        np.testing.assert_array_equal(line.get_xdata(), RADII)
        np.testing.assert_array_equal(line.get_ydata(), accuracy(number, RADII))
    assert to_hex(whole.get_color()) == "#000000"
    assert all(line.get_linewidth() < whole.get_linewidth() and line.zorder < whole.zorder for line in bins)


def test_the_band_is_the_interval_of_all_bins_together(drawn):
    axes, _ = drawn(3)
    corners = axes.collections[0].get_paths()[0].vertices
    for radius in RADII:
        heights = corners[np.isclose(corners[:, 0], radius), 1]
        np.testing.assert_allclose([heights.min(), heights.max()], accuracy(None, radius) * np.array([0.9, 1.1]))


def test_colours_of_bins_are_those_of_the_bar(drawn):
    axes, bar = drawn(11)
    assert bar.get_ylabel() == "bin, by rising log density"
    assert bar.get_ylim() == (0, 10)
    wanted = [to_hex(colormaps["cividis"](number / 10)) for number in range(11)]
    assert [to_hex(line.get_color()) for line in axes.lines[:-1]] == wanted


def test_a_panel_for_each_protocol_names_the_unit_of_the_noise(drawn):
    *panels, _ = drawn(2, ("exact", "published"))
    assert [axes.get_title() for axes in panels] == ["exact", "published"]
    assert {axes.get_xlabel() for axes in panels} == {"certified radius (normalised pixels)"}
    assert panels[0].get_figure().get_suptitle().endswith("σ = 0.25 (normalised pixels); n = 100,000 draws, α = 0.001")


def test_a_single_radius_has_marks(drawn):
    axes, _ = drawn(2, radii=np.array([0.5]))
    assert all(line.get_marker() == "." for line in axes.lines)


def test_other_certifications_are_refused(tmp_path):
    paths = [
        write(tmp_path / "exact", 2, RADII, CERTIFICATION),
        write(tmp_path / "published", 2, RADII, CERTIFICATION | {"n": 1000}),
    ]
    accuracies = gather(paths, CERTIFIED_ACCURACY, ["protocol"], ["certification"])
    with pytest.raises(ConfigError, match="draw them apart"):
        plot_certified_accuracy(accuracies, title="Digits")
    assert plt.get_fignums() == []


def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(tmp_path):
    accuracies = gathered(tmp_path, ["exact"], 3)
    for folder in ("one", "other"):
        save(plot_certified_accuracy(accuracies, title="Digits"), tmp_path / folder / "accuracy.png")
    for suffix in ("png", "svg"):
        one, other = (tmp_path / folder / f"accuracy.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
    assert plt.get_fignums() == []
