import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy.stats import linregress

from rote import tables
from rote.errors import ConfigError, DataError
from rote.figures import class_complexity, class_densities, class_divergences, class_protocols, component_counts
from rote.figures.class_panels import of_panel, protocols_of
from rote.figures.singular_values import plot_singular_values
from rote.figures.style import save, styled
from rote.seeds import Seeds
from rote.tables.density import (
    CLASS_DENSITIES,
    CLASS_DIVERGENCES,
    COMPLEXITIES,
    DIAGNOSTICS,
    GAPS,
    GROUPS,
    TRACES,
)
from rote.tables.frames import gather
from rote.tables.representations import VARIANCE

PROTOCOLS, TAPS = ("exact", "published"), ("stage_1", "stage_2", "stage_3", "stage_4")
PANELS = [(protocol, tap) for protocol in PROTOCOLS for tap in TAPS]
KINDS = {
    "class_densities": CLASS_DENSITIES,
    "gaps": GAPS,
    "groups": GROUPS,
    "complexities": COMPLEXITIES,
    "traces": TRACES,
    "diagnostics": DIAGNOSTICS,
    "class_divergences": CLASS_DIVERGENCES,
}
N_DISCARDED = 5


def one_tap(n_classes, depth, published, generator):
    """Columns of every table of a tap and protocol, with two groups of classes the wider apart the deeper the tap."""
    classes = generator.permutation(n_classes)
    n_low = max(n_classes * 3 // 10, 1)
    high = np.arange(n_classes) >= n_low
    mean = np.sort(generator.normal(0, 4, n_classes) + 30 * depth * high) + 2 * published
    low, top = mean[n_low - 1 : n_low + 1]
    group = np.where(high, "high_density", "low_density")
    entropy = np.abs(generator.normal(20, 4, n_classes) + 15 * depth * high) * (0.8 if published else 1)
    n_components = np.maximum(1, (entropy / 5).astype(int))
    chains = [*[None] * n_classes, *[0] * n_classes]
    sweeps = np.arange(1, 26)
    rows = n_classes * 2 * len(sweeps)
    start = np.repeat([40, 40], n_classes * len(sweeps))
    kept = np.tile(sweeps > N_DISCARDED, 2 * n_classes)
    drawn = np.tile(np.repeat(n_components, len(sweeps)), 2) + generator.integers(0, 3, rows)
    p, q = np.divmod(np.arange(n_classes**2), n_classes)
    other = p != q
    return {
        "class_densities": {
            "class": np.tile(classes, 2),
            "chain": chains,
            "n_examples": np.full(2 * n_classes, 500),
            "mean_log_density": np.concatenate([mean, -mean]),
            "log_density_deviation": np.tile(np.where(high, 2.0, 9.0), 2),
            "standard_error": np.full(2 * n_classes, 0.1),
        },
        "gaps": {
            "chain": [None, 0],
            "threshold": [(low + top) / 2, 0.0],
            "gap": [top - low, 1.0],
            "range": [np.ptp(mean)] * 2,
            "p_value": [0.012, 0.9],
            "p_value_standard_error": [0.003] * 2,
            "group_p_value": [0.001, 0.9],
            "n_low": [n_low, 1],
            "n_high": [n_classes - n_low, n_classes - 1],
            "agreement": [1.0, 0.9],
            "kappa": [1.0, 0.8],
        },
        "groups": {"class": classes, "group": group, "support": np.ones(n_classes)},
        "complexities": {
            "class": classes,
            "relative_entropy": entropy,
            "standard_error": np.full(n_classes, 0.5),
            "chain_deviation": np.full(n_classes, 1.0),
            "draws": np.full(n_classes, 10_000),
            "reached": np.full(n_classes, True),
            "intra_class_distance": generator.normal(12, 2, n_classes),
            "distance_deviation": np.full(n_classes, 3.0),
        },
        "traces": {
            "class": np.tile(np.repeat(classes, len(sweeps)), 2),
            "chain": np.repeat([0, 1], n_classes * len(sweeps)),
            "sweep": np.tile(sweeps, 2 * n_classes),
            "log_joint": np.zeros(rows),
            "n_components": np.where(kept, drawn, start),
            "concentration": np.ones(rows),
        },
        "diagnostics": {
            "class": np.repeat(classes, 2),
            "quantity": ["log_joint", "n_components"] * n_classes,
            "mean": np.zeros(2 * n_classes),
            "deviation": np.zeros(2 * n_classes),
            "r_hat": np.where(np.repeat(classes, 2) % 4 == 1, 1.3, 1.0),
            "effective_sample_size": np.full(2 * n_classes, 30.0),
            "converged": (np.repeat(classes, 2) % 4 != 1) | (np.arange(2 * n_classes) % 2 == 0),
        },
        "class_divergences": {
            "class": classes[p[other]],
            "other_class": classes[q[other]],
            "relative_entropy": 10 + 100 * np.abs(p - q)[other] + p[other] / n_classes,
            "standard_error": np.full(other.sum(), 0.5),
            "draws": np.full(other.sum(), 500),
            "reached": np.full(other.sum(), True),
        },
    }


def write_run(folder, n_classes, panels=PANELS):
    """Rows of a run's tables by kind, the deepest tap first; their columns by protocol and tap."""
    paths, columns = {kind: [] for kind in KINDS}, {}
    for protocol, tap in panels:
        depth = TAPS.index(tap)
        columns[protocol, tap] = one_tap(n_classes, depth, protocol == "published", np.random.default_rng(depth))
        for kind, schema in KINDS.items():
            paths[kind].append(folder / f"{kind}_{protocol}_{tap}.parquet")
            origin = {"wildcards": {"run": "a_run", "protocol": protocol, "tap": tap}}
            tables.write(paths[kind][-1], schema, columns[protocol, tap][kind], origin)
    rows = {kind: gather(reversed(paths[kind]), schema, ["protocol", "tap"]) for kind, schema in KINDS.items()}
    return rows, columns


def write_variance(folder):
    paths = []
    for tap, retained in zip(TAPS, (16, 16, 64, 64), strict=True):
        values = 100.0 / np.arange(1, 257) ** 1.5
        variance = {
            "tap": np.repeat(tap, 256),
            "singular_vector": np.arange(1, 257),
            "singular_value": values,
            "cumulative_share": np.cumsum(values**2) / np.sum(values**2),
            "retained": np.arange(256) < retained,
        }
        paths.append(folder / f"variance_{tap}.parquet")
        tables.write(paths[-1], VARIANCE, variance, {"wildcards": {"tap": tap}})
    return gather(reversed(paths), VARIANCE, ["tap"])


def draw_all(folder, rows, variance, taps):
    """Every figure, those in which classes are compared at the deepest tap alone."""
    densities, gaps, groups, complexities, traces, diagnostics, divergences = (rows[kind] for kind in KINDS)
    everywhere, deepest = {"taps": taps, "title": "A run"}, {"taps": taps[-1:], "title": "A run"}
    counted = {"n_discarded": N_DISCARDED}
    figures = {
        "class_densities": class_densities.plot_class_densities(densities, gaps, groups, **everywhere),
        "complexity": class_complexity.plot_complexity(complexities, densities, groups, **deepest),
        "component_counts": component_counts.plot_component_counts(
            traces, diagnostics, densities, **everywhere, **counted
        ),
        "singular_values": plot_singular_values(variance, **everywhere),
        "class_divergences": class_divergences.plot_class_divergences(divergences, densities, groups, **deepest),
        "protocols": class_protocols.plot_protocols(
            densities, complexities, traces, groups, **deepest, **counted, seeds=Seeds(0)
        ),
    }
    for name, figure in figures.items():
        save(figure, folder / f"{name}.png")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), 12)


@pytest.fixture(scope="module")
def variance(tmp_path_factory):
    return write_variance(tmp_path_factory.mktemp("variance"))


@pytest.fixture
def panel():
    with styled():
        _, axes = plt.subplots()
        yield axes
    plt.close()


def ordered(columns):
    """Class numbers by rising mean log density over all chains."""
    table = columns["class_densities"]
    n = table["chain"].count(None)
    return table["class"][:n][np.argsort(table["mean_log_density"][:n])]


def labels(axis):
    return [int(label.get_text()) for label in axis.get_ticklabels()]


def drawn(plot, *args, taps=TAPS, **options):
    return plot(*args, taps=taps, title="A run", **options)


@pytest.fixture(scope="module")
def densities_figure(run):
    return drawn(
        class_densities.plot_class_densities, *(run[0][kind] for kind in ("class_densities", "gaps", "groups"))
    )


@pytest.mark.slow
def test_two_classes_are_enough_for_every_figure(variance, tmp_path):
    rows, _ = write_run(tmp_path, 2, [panel for panel in PANELS if panel[1] == TAPS[-1]])
    draw_all(tmp_path, rows, variance, TAPS[-1:])
    assert len(list(tmp_path.glob("*.svg"))) == 6


def test_a_line_through_two_classes_has_no_standard_error(tmp_path):
    rows, _ = write_run(tmp_path, 2, [("exact", TAPS[-1])])
    kinds = (rows[kind] for kind in ("complexities", "class_densities", "groups"))
    figure = drawn(class_complexity.plot_complexity, *kinds, taps=TAPS[-1:])
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles
    assert all("of two classes, no standard error" in title and "±" not in title for title in titles)


@pytest.mark.slow
def test_equal_tables_give_pictures_of_equal_bytes_and_leave_nothing_open(variance, tmp_path):
    rows, _ = write_run(tmp_path, 5, [panel for panel in PANELS if panel[1] == TAPS[-1]])
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        draw_all(folder, rows, variance, TAPS[-1:])
    assert plt.get_fignums() == []
    one, other = (sorted(folder.iterdir()) for folder in folders)
    assert sorted({path.stem for path in one}) == sorted(
        ["class_densities", "complexity", "component_counts", "singular_values", "class_divergences", "protocols"]
    )
    for path, twin in zip(one, other, strict=True):
        assert path.read_bytes() == twin.read_bytes()


def test_a_panel_has_the_rows_of_its_protocol_and_tap_and_protocols_go_by_name(run):
    rows, columns = run
    assert protocols_of(rows["groups"]) == list(PROTOCOLS)
    for panel in PANELS:
        assert of_panel(rows["groups"], *panel)["class"].tolist() == columns[panel]["groups"]["class"].tolist()


def test_a_panel_without_rows_is_named(run):
    with pytest.raises(DataError, match="no row is of stage_9 under exact"):
        drawn(class_densities.plot_class_densities, *(run[0][kind] for kind in KINDS if kind in ("gaps", "groups")),
              run[0]["groups"], taps=["stage_9"])  # fmt: skip


@pytest.mark.parametrize("kind", ["class_densities", "gaps", "groups"])
def test_the_order_of_rows_of_different_tables_means_nothing(run, tmp_path, kind):
    rows = [run[0][name] for name in ("class_densities", "gaps", "groups")]
    turned = [
        pd.concat([of_panel(frame, *panel) for panel in PANELS]) if name == kind else frame
        for name, frame in zip(("class_densities", "gaps", "groups"), rows, strict=True)
    ]
    for name, frames in (("one", rows), ("other", turned)):
        save(drawn(class_densities.plot_class_densities, *frames), tmp_path / f"{name}.png")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def test_densities_of_all_chains_stand_sorted_with_one_deviation_to_each_side(run, densities_figure):
    _, columns = run
    for axes, key in zip(densities_figure.axes, PANELS, strict=True):
        table = columns[key]["class_densities"]
        bars, points = axes.collections
        centre = points.get_offsets()[:, 0]
        assert np.all(np.diff(centre) >= 0)
        np.testing.assert_allclose(centre, np.sort(table["mean_log_density"][:12]))
        assert labels(axes.yaxis) == ordered(columns[key]).tolist()
        width = np.ptp([segment[:, 0] for segment in bars.get_segments()], axis=1) / 2
        order = np.argsort(table["mean_log_density"][:12])
        np.testing.assert_allclose(width, table["log_density_deviation"][:12][order])


def test_groups_are_marked_at_the_deepest_taps_on_both_sides_of_the_threshold(run, densities_figure):
    _, columns = run
    for axes, key in zip(densities_figure.axes, PANELS, strict=True):
        assert "p = 0.012 (groups 0.001)" in axes.get_title()
        assert "3 low, 9 high" in axes.get_title()
        assert "≥ 90 % alike" in axes.get_title()
        marked = key[1] in ("stage_3", "stage_4")
        assert len(axes.lines) == marked
        assert len(axes.patches) == 2 * marked
        if marked:
            threshold = axes.lines[0].get_xdata()[0]
            assert threshold == columns[key]["gaps"]["threshold"][0]
            low = axes.collections[1].get_offsets()[:, 0] < threshold
            colours = [to_hex(colour) for colour in axes.collections[1].get_facecolors()]
            assert len(set(colours)) == 2
            assert [colour == colours[0] for colour in colours] == low.tolist()
            border = axes.patches[0].get_y() + axes.patches[0].get_height()
            assert border == low.sum() - 0.5


def test_protocols_of_a_tap_share_their_axis(densities_figure):
    for exact, published in zip(densities_figure.axes[:4], densities_figure.axes[4:], strict=True):
        assert exact.get_xlim() == published.get_xlim()


def test_many_classes_are_counted_and_not_named(tmp_path):
    rows, _ = write_run(tmp_path, 100, PANELS[:1])
    kinds = ("class_densities", "gaps", "groups")
    figure = drawn(class_densities.plot_class_densities, *(rows[kind] for kind in kinds), taps=TAPS[:1])
    assert labels(figure.axes[0].yaxis) == [1, 25, 50, 75, 100]
    assert figure.axes[0].get_yticks().tolist() == [0, 24, 49, 74, 99]


def test_complexity_stands_against_distance_and_by_density_with_its_line(run):
    rows, columns = run
    key = ("exact", "stage_4")
    of_key = (of_panel(rows[kind], *key) for kind in ("complexities", "class_densities", "groups"))
    figure = drawn(class_complexity.plot_complexity, *of_key, taps=["stage_4"])
    against, by_density, distances = figure.axes
    table = columns[key]["complexities"]
    line = linregress(table["intra_class_distance"], table["relative_entropy"])
    assert f"slope {line.slope:.3g} ± {line.stderr:.2g}" in against.get_title()
    x, y = against.lines[0].get_data()
    np.testing.assert_allclose(y, line.intercept + line.slope * x)
    assert (x.min(), x.max()) == (table["intra_class_distance"].min(), table["intra_class_distance"].max())

    order = np.argsort(columns[key]["class_densities"]["mean_log_density"][:12])
    entropy, distance = table["relative_entropy"][order], table["intra_class_distance"][order]
    np.testing.assert_allclose(against.collections[1].get_offsets(), np.column_stack([distance, entropy]))
    np.testing.assert_allclose(by_density.collections[1].get_offsets(), np.column_stack([np.arange(12), entropy]))
    np.testing.assert_allclose(distances.lines[0].get_ydata(), distance)
    assert labels(by_density.xaxis) == ordered(columns[key]).tolist()
    for segment in against.collections[0].get_segments():
        assert np.ptp(segment[:, 1]) == pytest.approx(2 * 0.5)


def test_component_counts_leave_discarded_sweeps_out(run):
    rows, columns = run
    key = ("exact", "stage_4")
    table = columns[key]["traces"]
    counts = component_counts.component_counts(of_panel(rows["traces"], *key), N_DISCARDED)
    for number, row in counts.iterrows():
        kept = table["n_components"][(table["class"] == number) & (table["sweep"] > N_DISCARDED)]
        assert len(kept) == 2 * 20
        assert row.tolist() == [kept.mean(), *np.quantile(kept, [0.05, 0.95])]


def test_classes_whose_chains_disagree_stand_apart_and_the_figure_says_so(run):
    rows, columns = run
    figure = drawn(component_counts.plot_component_counts, rows["traces"],
                   rows["diagnostics"], rows["class_densities"], n_discarded=N_DISCARDED)  # fmt: skip
    for axes, key in zip(figure.axes, PANELS, strict=True):
        agreed, disagreed = axes.collections[1], axes.collections[3]
        places = disagreed.get_offsets()[:, 1].astype(int)
        assert sorted(ordered(columns[key])[places]) == [1, 5, 9]
        assert len(agreed.get_offsets()) == 9
        assert to_hex(agreed.get_facecolor()[0]) != to_hex(disagreed.get_facecolor()[0])
        assert "chains disagree: 3 of 12 classes" in axes.get_title()
    assert "Chains disagree on 24 of 96 counts" in figure.get_suptitle()


def test_the_axis_of_counts_holds_both_protocols(run):
    rows, _ = run
    figure = drawn(component_counts.plot_component_counts, rows["traces"],
                   rows["diagnostics"], rows["class_densities"], n_discarded=0)  # fmt: skip
    for axes in figure.axes:
        left, right = axes.get_xlim()
        drawn_counts = np.concatenate([marks.get_offsets()[:, 0] for marks in axes.collections[1::2]])
        assert left == 0 < drawn_counts.max() < right


def test_the_dashed_line_of_singular_values_stands_at_the_number_retained(variance):
    figure = drawn(plot_singular_values, variance)
    for axes, tap, retained in zip(figure.axes, TAPS, (16, 16, 64, 64), strict=True):
        curve, line = axes.lines
        assert line.get_xdata()[0] == retained
        assert curve.get_xdata().tolist() == list(range(1, 257))
        share = curve.get_ydata()[retained - 1]
        assert axes.get_title() == f"{tap.replace('_', ' ')}\n{retained} vectors hold {100 * share:.2f} %"


def test_every_divergence_stands_at_its_pair_of_classes(run):
    rows, columns = run
    key = ("exact", "stage_4")
    classes = ordered(columns[key]).tolist()
    matrix = class_divergences.divergence_matrix(of_panel(rows["class_divergences"], *key), classes)
    assert np.isnan(np.diag(matrix)).all()
    table = columns[key]["class_divergences"]
    for p, q, value in zip(table["class"], table["other_class"], table["relative_entropy"], strict=True):
        assert matrix[classes.index(p), classes.index(q)] == value


def test_divergences_that_are_0_within_their_error_are_left_blank():
    rows = pd.DataFrame({"class": [0, 1], "other_class": [1, 0], "relative_entropy": [-0.1, 3.0]})
    matrix = class_divergences.divergence_matrix(rows, [1, 0])
    np.testing.assert_array_equal(matrix, [[np.nan, 3], [np.nan, np.nan]])


def test_heatmaps_of_both_protocols_share_one_logarithmic_scale(run):
    rows, _ = run
    kinds = ("class_divergences", "class_densities", "groups")
    figure = drawn(class_divergences.plot_class_divergences, *(rows[kind] for kind in kinds))
    norms = [axes.images[0].norm for axes in figure.axes if axes.images]
    assert len(norms) == len(PROTOCOLS) * len(TAPS)
    assert len(set(map(id, norms))) == 1
    assert norms[0](np.sqrt(norms[0].vmin * norms[0].vmax)) == pytest.approx(0.5)
    assert all(line.get_ydata()[0] == 2.5 for line in figure.axes[0].lines[:1])


def test_protocols_are_compared_class_by_class_with_an_identity_line(run):
    rows, columns = run
    kinds = ("class_densities", "complexities", "traces", "groups")
    figure = drawn(class_protocols.plot_protocols, *(rows[kind] for kind in kinds),
                   n_discarded=N_DISCARDED, seeds=Seeds(0))  # fmt: skip
    density, complexity, _ = figure.axes[-3:]
    exact, published = (columns[protocol, "stage_4"] for protocol in PROTOCOLS)
    order = np.argsort(exact["class_densities"]["mean_log_density"][:12])
    for axes, kind, column in (
        (density, "class_densities", "mean_log_density"),
        (complexity, "complexities", "relative_entropy"),
    ):
        expected = np.column_stack([table[kind][column][:12][order] for table in (exact, published)])
        np.testing.assert_allclose(axes.collections[0].get_offsets(), expected)
        x, y = axes.lines[0].get_data()
        assert list(x) == list(y) == [expected.min(), expected.max()]
    assert "12 of 12 classes grouped alike" in density.get_ylabel()


def test_one_protocol_alone_cannot_be_compared(run):
    one = run[0]["complexities"].query("protocol == 'exact'")
    with pytest.raises(ConfigError, match="configure two"):
        drawn(class_protocols.plot_protocols, one, one, one, one, n_discarded=0, seeds=Seeds(0))


def test_a_class_that_changes_its_group_is_hollow(panel):
    class_protocols._draw_pairs(
        panel, np.arange(3.0), np.arange(3.0), ["C0", "C1", "C1"], np.array([True, True, False])
    )
    assert panel.collections[0].get_facecolors()[:, 3].tolist() == [1, 1, 0]


def test_equal_counts_have_no_rank_correlation_and_the_title_says_so():
    assert "undefined" in class_protocols._said(np.nan, np.nan, np.nan)
