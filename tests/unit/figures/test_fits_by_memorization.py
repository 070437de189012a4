from itertools import permutations, product

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rote import tables
from rote.figures.fits_by_memorization import plot_generative_scores, plot_subset_divergences
from rote.figures.style import save
from rote.tables.density import GENERATIVE_SCORES, SUBSET_DIVERGENCES
from rote.tables.frames import gather

SUBSETS = ("memorized", "random", "typical")
PROTOCOLS, TAPS = ("exact", "published"), ("stage_1", "stage_2", "stage_10")


def write_divergences(path, origin, n_classes, generator):
    """Table in which subsets and pairs of classes are shuffled, and its divergences by subset."""
    rows = [(subset, *pair) for subset in SUBSETS for pair in permutations(range(n_classes), 2)]
    rows = [rows[place] for place in generator.permutation(len(rows))]
    subset, label, other = zip(*rows, strict=True)
    values = generator.uniform(1, 100, len(rows))
    columns = {"subset": subset, "class": label, "other_class": other, "relative_entropy": values}
    columns |= {"standard_error": values / 10, "draws": [100] * len(rows), "reached": [True] * len(rows)}
    tables.write(path, SUBSET_DIVERGENCES, columns, origin | {"least_examples": 25})
    return {name: values[np.array(subset) == name] for name in SUBSETS}


def write_scores(path, origin, generator):
    """Table of F-scores, and F-score and standard error by subset and prior."""
    rows = list(product(SUBSETS, (False, True)))
    subset, prior = zip(*rows, strict=True)
    score, error = generator.uniform(0.2, 0.9, 6), generator.uniform(0.01, 0.05, 6)
    columns = {"subset": subset, "prior": prior, "f_score": score, "standard_error": error}
    columns |= {"accuracy": [0.5] * 6, "n_examples": [1000] * 6}
    tables.write(path, GENERATIVE_SCORES, columns, origin)
    return dict(zip(rows, zip(score, error, strict=True), strict=True))


def gathered(folder, write, protocols, taps, *arguments):
    """Rows of the tables of all protocols and taps, the deepest first, and what they hold by protocol and tap."""
    known, paths = {}, []
    for number, (protocol, tap) in enumerate(product(protocols, taps)):
        paths.append(folder / f"{protocol}_{tap}.parquet")
        origin = {"wildcards": {"protocol": protocol, "tap": tap}}
        known[protocol, tap] = write(paths[-1], origin, *arguments, np.random.default_rng(number))
    of_divergences = SUBSET_DIVERGENCES, ["protocol", "tap"], ["least_examples"]
    what = of_divergences if write is write_divergences else (GENERATIVE_SCORES, ["protocol", "tap"])
    return gather(reversed(paths), *what), known


@pytest.fixture
def drawn(tmp_path):
    """A figure, and what its tables hold by protocol and tap."""

    def draw(plot, write, protocols, taps, *arguments):
        rows, known = gathered(tmp_path, write, protocols, taps, *arguments)
        return plot(rows, taps=taps, title="Digits"), known

    return draw


def line_and_ends(container):
    """Heights of the marks of a line, and of the ends of their bars."""
    line, _, (bars,) = container
    return np.array(line.get_ydata(), float), np.array([segment[:, 1] for segment in bars.get_segments()]).T


def centred(axes):
    places = np.array([container[0].get_xdata() for container in axes.containers])
    assert np.all(np.diff(places, axis=0) > 0)
    np.testing.assert_allclose(places.mean(axis=0), axes.get_xticks(), atol=1e-12)
    assert np.ptp(places, axis=0).max() < 1


@pytest.mark.parametrize(("protocols", "taps"), [(PROTOCOLS, TAPS), (("exact",), ("stage_1",))])
def test_divergences_are_means_and_one_deviation_over_ordered_pairs(drawn, protocols, taps):
    figure, known = drawn(plot_subset_divergences, write_divergences, protocols, taps, 4)
    for axes, protocol in zip(figure.axes, protocols, strict=True):
        for container, subset in zip(axes.containers, SUBSETS, strict=True):
            heights, ends = line_and_ends(container)
            pairs = np.array([known[protocol, tap][subset] for tap in taps])
            assert pairs.shape == (len(taps), 12)
            np.testing.assert_allclose(heights, pairs.mean(axis=1))
            np.testing.assert_allclose(ends, [pairs.mean(axis=1) - pairs.std(axis=1), heights + pairs.std(axis=1)])
        centred(axes)
        assert [label.get_text() for label in axes.get_xticklabels()] == [tap.replace("_", " ") for tap in taps]


def test_divergences_name_how_many_classes_are_compared(drawn):
    figure, _ = drawn(plot_subset_divergences, write_divergences, PROTOCOLS, TAPS, 2)
    titles = [f"{protocol}\n2 classes with 25 or more examples in each subset" for protocol in PROTOCOLS]
    assert [axes.get_title() for axes in figure.axes] == titles
    assert figure.axes[0].get_ylabel().endswith("(nat)")
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [f"{subset} examples" for subset in SUBSETS]


@pytest.mark.parametrize(("protocols", "taps"), [(PROTOCOLS, TAPS), (("exact",), ("stage_1",))])
def test_scores_are_drawn_with_their_errors_filled_with_the_prior_and_hollow_without(drawn, protocols, taps):
    figure, known = drawn(plot_generative_scores, write_scores, protocols, taps)
    for axes, protocol in zip(figure.axes, protocols, strict=True):
        for container, (subset, prior) in zip(axes.containers, product(SUBSETS, (True, False)), strict=True):
            heights, ends = line_and_ends(container)
            score, error = np.array([known[protocol, tap][subset, prior] for tap in taps]).T
            np.testing.assert_array_equal(heights, score)
            np.testing.assert_allclose(ends, [score - error, score + error])
            face = container[0].get_markerfacecolor()
            assert (container[0].get_linestyle(), face == "white") == (("-", False) if prior else ("--", True))
        centred(axes)


def test_a_subset_has_one_colour_and_marker_in_both_figures_and_no_other_has(drawn):
    of_divergences, _ = drawn(plot_subset_divergences, write_divergences, ("exact",), TAPS, 2)
    of_scores, _ = drawn(plot_generative_scores, write_scores, ("exact",), TAPS)
    looks = [
        [(container[0].get_color(), container[0].get_marker()) for container in figure.axes[0].containers]
        for figure in (of_divergences, of_scores)
    ]
    assert looks[0] == looks[1][::2] == looks[1][1::2]
    assert len({colour for colour, _ in looks[0]}) == len({marker for _, marker in looks[0]}) == 3


def test_the_legend_of_scores_counts_the_examples(drawn):
    figure, _ = drawn(plot_generative_scores, write_scores, PROTOCOLS, TAPS)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [*(f"1,000 {subset} examples" for subset in SUBSETS), "with the prior p(C)", "without it"]


def test_a_tap_without_rows_leaves_a_gap(tmp_path):
    rows, known = gathered(tmp_path, write_scores, ["exact"], TAPS)
    lines = plot_generative_scores(rows[rows["tap"] != "stage_2"], taps=TAPS, title="Digits").axes[0].containers
    score = [known["exact", tap]["memorized", True][0] for tap in TAPS]
    np.testing.assert_array_equal(np.array(lines[0][0].get_ydata(), float), [score[0], np.nan, score[2]])


@pytest.mark.parametrize("kind", ["divergences", "scores"])
def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(tmp_path, kind):
    if kind == "divergences":
        plot, rows = plot_subset_divergences, gathered(tmp_path, write_divergences, ["exact"], TAPS[:1], 3)[0]
    else:
        plot, rows = plot_generative_scores, gathered(tmp_path, write_scores, ["exact"], TAPS[:1])[0]
    for folder in ("one", "other"):
        save(plot(rows, taps=TAPS[:1], title="Digits"), tmp_path / folder / "fits.png")
    for suffix in ("png", "svg"):
        one, other = (tmp_path / folder / f"fits.{suffix}" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
    assert plt.get_fignums() == []
