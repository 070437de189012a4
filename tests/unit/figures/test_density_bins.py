import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from rote import tables
from rote.errors import ConfigError
from rote.figures.density_bins import plot_density_bins
from rote.figures.style import save, styled
from rote.tables.bins import BIN_SUMMARY, CERTIFIED_BINS
from rote.tables.frames import gather

CERTIFICATION = {"standard_deviation": 0.5, "noise_units": "pixel", "n0": 100, "n": 1000, "alpha": 0.001}
PROTOCOLS = ("exact", "published")
DENSITY, SCORE, SHARES, F_SCORE, RADIUS, RATE, SMOOTHED = range(7)


def columns(schema, n_bins, generator, gaps):
    """Random columns of a table of bins, null in the named columns of bin 0."""
    found = {column.name: generator.uniform(0.1, 0.4, n_bins).tolist() for column in schema.columns}
    found |= {"bin": list(range(n_bins)), "n_examples": [359 + (number % 2) for number in range(n_bins)]}
    for name in gaps:
        found[name][0] = None
    return found


def write(folder, n_bins, protocol="exact", gaps=(), certification=CERTIFICATION, certified_bins=None):
    """BIN_SUMMARY and CERTIFIED_BINS tables of a protocol, and their columns."""
    generator = np.random.default_rng([n_bins, protocol == "exact"])
    summary = columns(BIN_SUMMARY, n_bins, generator, [name for name in gaps if "score" in name])
    high = np.arange(n_bins) >= n_bins / 2
    summary |= {"high_density_share": 0.1 + 0.8 * high, "low_density_share": 0.9 - 0.8 * high}
    summary["n_unscored"] = [359 if gaps else 0, *[0] * (n_bins - 1)]
    robust = columns(CERTIFIED_BINS, certified_bins or n_bins, generator, [name for name in gaps if "radius" in name])
    middle = np.array(robust["classification_rate"])
    robust |= {"classification_rate_low": middle - 0.05, "classification_rate_high": middle + 0.07}
    paths = [folder / f"{kind}_{protocol}.parquet" for kind in ("summary", "certified")]
    origin = {"wildcards": {"protocol": protocol}}
    tables.write(paths[0], BIN_SUMMARY, summary, origin)
    tables.write(paths[1], CERTIFIED_BINS, robust, origin | {"certification": certification})
    return *paths, summary, robust


def gathered(*written):
    """Rows of the tables of each protocol, gathered in an order that means nothing."""
    summaries, certified, *_ = zip(*reversed(written), strict=True)
    return (
        gather(summaries, BIN_SUMMARY, ["protocol"]),
        gather(certified, CERTIFIED_BINS, ["protocol"], ["certification"]),
    )


@pytest.fixture
def drawn(tmp_path):
    """Panels of the figure, one column for each protocol, and the columns of the tables by protocol."""

    def draw(n_bins, protocols=("exact",), **options):
        made = {protocol: write(tmp_path, n_bins, protocol, **options) for protocol in protocols}
        figure = plot_density_bins(*gathered(*made.values()), title="Digits")
        return np.reshape(figure.axes, (7, len(protocols))), {p: found[2:] for p, found in made.items()}

    return draw


def numbers(values):
    return np.array([np.nan if value is None else value for value in values])


def band(collection, n_bins):
    """Lower and upper edge of a band without gaps, at every bin."""
    corners = collection.get_paths()[0].vertices
    at = [corners[np.isclose(corners[:, 0], number - 0.5), 1] for number in range(n_bins)]
    last = [corners[np.isclose(corners[:, 0], number + 0.5), 1] for number in range(n_bins)]
    inside = [[value for value in left if np.isclose(value, right).any()] for left, right in zip(at, last, strict=True)]
    return np.array([(min(values), max(values)) for values in inside]).T


@pytest.mark.parametrize("n_bins", [1, 2, 10, 50])
def test_lines_are_the_means_shares_and_rates_of_the_bins(drawn, n_bins):
    panels, known = drawn(n_bins)
    summary, robust = known["exact"]
    wanted = {
        DENSITY: [summary["mean_log_density"]],
        SCORE: [summary["mean_score"]],
        SHARES: [summary["low_density_share"], summary["high_density_share"]],
        F_SCORE: [summary["f_score"]],
        RADIUS: [robust["mean_radius"]],
        RATE: [robust["classification_rate"]],
        SMOOTHED: [robust["f_score"]],
    }
    for row, series in wanted.items():
        lines = panels[row, 0].lines
        np.testing.assert_array_equal([line.get_ydata() for line in lines], series)
        np.testing.assert_array_equal([line.get_xdata() for line in lines], [np.arange(n_bins)] * len(series))


@pytest.mark.parametrize("n_bins", [1, 10])
def test_bands_are_the_deviation_and_on_it_the_standard_error(drawn, n_bins):
    panels, known = drawn(n_bins)
    summary, robust = known["exact"]
    wanted = {
        (DENSITY, 0): (summary, "mean_log_density", "log_density_deviation"),
        (DENSITY, 1): (summary, "mean_log_density", "mean_log_density_error"),
        (SCORE, 0): (summary, "mean_score", "score_deviation"),
        (SCORE, 1): (summary, "mean_score", "mean_score_error"),
        (F_SCORE, 0): (summary, "f_score", "f_score_error"),
        (RADIUS, 0): (robust, "mean_radius", "radius_deviation"),
        (RADIUS, 1): (robust, "mean_radius", "mean_radius_error"),
        (SMOOTHED, 0): (robust, "f_score", "f_score_error"),
    }
    for (row, place), (table, mean, spread) in wanted.items():
        low, high = band(panels[row, 0].collections[place], n_bins)
        np.testing.assert_allclose(low, numbers(table[mean]) - numbers(table[spread]))
        np.testing.assert_allclose(high, numbers(table[mean]) + numbers(table[spread]))
    light, dark = panels[SCORE, 0].collections
    assert light.get_alpha() < dark.get_alpha()
    rate = band(panels[RATE, 0].collections[0], n_bins)
    np.testing.assert_allclose(rate, [robust["classification_rate_low"], robust["classification_rate_high"]])


def test_a_null_leaves_a_gap_in_line_and_band_and_unscored_examples_are_counted(drawn):
    gaps = ("mean_score", "score_deviation", "mean_score_error", "mean_radius", "radius_deviation", "mean_radius_error")
    panels, _ = drawn(10, gaps=gaps)
    for row in (SCORE, RADIUS):
        assert np.isnan(panels[row, 0].lines[0].get_ydata()).tolist() == [True] + [False] * 9
        for collection in panels[row, 0].collections:
            assert min(path.vertices[:, 0].min() for path in collection.get_paths()) == 0.5
    assert "without a memorization score: 359" in panels[0, 0].get_title()


def test_a_bin_without_certificates_leaves_a_gap(drawn):
    panels, _ = drawn(10, certified_bins=9)
    assert np.isnan(panels[SMOOTHED, 0].lines[0].get_ydata()).tolist() == [False] * 9 + [True]


def test_bins_of_mostly_high_density_classes_stand_on_their_ground_in_every_panel(drawn):
    panels, _ = drawn(10)
    for axes in panels[:, 0]:
        (ground,) = axes.patches
        assert (ground.get_x(), ground.get_width()) == (4.5, 5)
    with styled():  # in which numbered colours are those that are drawn
        assert to_hex(panels[SHARES, 0].lines[1].get_color()) == to_hex(panels[SHARES, 0].patches[0].get_facecolor())


def test_protocols_stand_side_by_side_on_shared_axes(drawn):
    panels, known = drawn(10, PROTOCOLS)
    for column, protocol in enumerate(PROTOCOLS):
        assert (
            panels[0, column].get_title()
            == f"{protocol}\nbins: 10; examples of each: 359 to 360, certified: 359 to 360"
        )
        np.testing.assert_array_equal(panels[F_SCORE, column].lines[0].get_ydata(), known[protocol][0]["f_score"])
    assert all(left.get_ylim() == right.get_ylim() for left, right in panels)
    assert len({axes.get_xlim() for axes in panels.flat}) == 1


@pytest.mark.parametrize(("units", "words"), [("pixel", "pixels in [0, 1]"), ("normalised", "normalised pixels")])
def test_the_radius_has_the_unit_of_the_noise(drawn, units, words):
    panels, _ = drawn(2, certification=CERTIFICATION | {"noise_units": units})
    assert panels[RADIUS, 0].get_ylabel() == f"certified radius\n({words})"
    figure = panels[0, 0].get_figure()
    assert figure.get_suptitle() == f"Digits\nnoise of σ = 0.5 ({words}); n = 1,000 draws, α = 0.001"


def test_radii_of_other_noise_are_refused(tmp_path):
    exact = write(tmp_path, 2)
    other = write(tmp_path, 2, "published", certification=CERTIFICATION | {"standard_deviation": 0.25})
    with pytest.raises(ConfigError, match="draw them apart"):
        plot_density_bins(*gathered(exact, other), title="Digits")


def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(tmp_path):
    frames = gathered(write(tmp_path, 3))
    for folder in ("one", "other"):
        save(plot_density_bins(*frames, title="Digits"), tmp_path / folder / "bins.png")
    for suffix in ("png", "svg"):
        one, other = (tmp_path / folder / f"bins.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
    assert plt.get_fignums() == []
