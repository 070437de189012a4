import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler.chain import run_chain
from rote.errors import RoteError
from tests.unit.density.enumeration import log_joint, log_marginal

SHORT = {"n_sweeps": 30, "n_discarded": 10, "keep_every": 5}  # 4 snapshots


def mixture(**options):
    return DirichletProcessGaussianMixture(**{**SHORT, "random_state": 0, **options})


def clusters(n=60, d=3, count=3, spread=4.0, seed=0):
    """Points about `count` Gaussian means, their covariances drawn at random."""
    generator = np.random.default_rng(seed)
    means = spread * generator.normal(size=(count, d))
    factors = generator.normal(size=(count, d, d)) / np.sqrt(d)
    owner = np.arange(n) % count
    return means[owner] + np.einsum("nij,nj->ni", factors[owner], generator.normal(size=(n, d)))


def test_defaults_are_the_papers():
    model = DirichletProcessGaussianMixture(n_chains=2, random_state=0).fit(clusters(12, 2))
    assert model.assignments_.shape == (2 * 20, 12)
    assert model.concentrations_.shape == model.chains_.shape == (2 * 20,)
    assert model.chains_.tolist() == [0] * 20 + [1] * 20
    for trace in (model.n_components_trace_, model.log_joint_trace_, model.concentration_trace_):
        assert trace.shape == (2, 400)
    options = {
        "sampler": "exact",
        "concentration_update": "exact",
        "predictive": "exact",
        "density_average": "log_mean",
    }
    assert options.items() <= model.options_.named().items()
    assert model.options_.n_init_components == 6


def test_every_option_is_named():
    options = {
        "sampler": "blocked", "block_size": 3, "split_merge": 2, "concentration_update": "published",
        "predictive": "published", "density_average": "mean_log", "n_chains": 2, "n_init_components": 5,
    }  # fmt: skip
    model = mixture(**options).fit(clusters())
    assert (options | SHORT).items() <= model.options_.named().items()


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (
            "exact",
            {
                "sampler": "exact",
                "split_merge": 3,
                "concentration_update": "exact",
                "predictive": "exact",
                "density_average": "log_mean",
            },
        ),
        (
            "published",
            {
                "sampler": "blocked",
                "block_size": 4,
                "concentration_update": "published",
                "predictive": "published",
                "density_average": "mean_log",
            },
        ),
    ],
)
def test_a_protocol_sets_every_choice(protocol, expected):
    model = mixture(protocol=protocol).fit(clusters())
    assert expected.items() <= model.options_.named().items()
    spelled_out = mixture(**expected).fit(clusters())
    assert np.array_equal(model.assignments_, spelled_out.assignments_)
    assert np.array_equal(model.score_samples(clusters()), spelled_out.score_samples(clusters()))


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_a_fit_is_a_function_of_its_random_state(protocol):
    points = clusters()
    first, second, other = (mixture(protocol=protocol, random_state=seed).fit(points) for seed in (5, 5, 6))
    for name in ("assignments_", "concentrations_", "log_joint_trace_", "n_components_trace_"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    assert first.score_samples(points).tobytes() == second.score_samples(points).tobytes()
    assert first.sample(10).tobytes() == second.sample(10).tobytes()
    assert first.log_joint_trace_.tobytes() != other.log_joint_trace_.tobytes()


def test_the_number_of_processes_changes_nothing():
    points = clusters()
    alone, together = (mixture(n_chains=2, n_jobs=jobs).fit(points) for jobs in (1, 2))
    assert alone.assignments_.tobytes() == together.assignments_.tobytes()
    assert alone.log_joint_trace_.tobytes() == together.log_joint_trace_.tobytes()


def test_one_chain_is_the_first_of_several():
    points = clusters()
    one, two = (mixture(n_chains=count).fit(points) for count in (1, 2))
    assert np.array_equal(one.log_joint_trace_[0], two.log_joint_trace_[0])
    assert not np.array_equal(two.log_joint_trace_[0], two.log_joint_trace_[1])


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_the_log_joint_is_the_closed_form(protocol):
    points = clusters(80, 4)
    model = mixture(protocol=protocol, n_chains=2, n_sweeps=40, n_discarded=0, keep_every=1).fit(points)
    kept = zip(model.assignments_, model.concentrations_, strict=True)
    expected = [log_joint(points, assignments, alpha, model.prior_) for assignments, alpha in kept]
    assert np.allclose(model.log_joint_trace_.ravel(), expected, rtol=1e-10)
    assert np.array_equal(model.concentration_trace_.ravel(), model.concentrations_)
    counts = [len(np.unique(assignments)) for assignments in model.assignments_]
    assert model.n_components_trace_.ravel().tolist() == counts


def test_separate_clusters_are_found():
    points = clusters(90, 3, 3, spread=30.0)
    prior = NormalInverseWishart(np.zeros(3), 0.01, 5.0, np.eye(3))
    model = mixture(n_init_components=1, prior=prior).fit(points)
    owner = np.arange(90) % 3
    assert all(np.array_equal(row[:, None] == row, owner[:, None] == owner) for row in model.assignments_)


@pytest.mark.parametrize("count", [8, 20])
def test_chains_from_1_6_and_40_components_agree_by_split_and_merge_alone(count):
    points = clusters(500, 64, count)
    assert disagreement_of_starts(points, split_merge=5) < 0.01
    assert disagreement_of_starts(points, split_merge=0) > 0.3


def disagreement_of_starts(points, **choices):
    """Spread of final log joints from several starts, as a share of the range that the traces pass through."""
    prior = NormalInverseWishart.weakly_informative(points)
    traces = []
    for n_init_components in (1, 6, 40):
        options = Options.of(n_init_components=n_init_components, n_sweeps=60, n_discarded=0, keep_every=60, **choices)
        traces.append(run_chain(points, prior, options, np.random.default_rng(n_init_components)).log_joint)
    return np.ptp([trace[-1] for trace in traces]) / np.ptp(traces)


def test_a_fixed_concentration_stays():
    model = mixture(concentration=0.7).fit(clusters())
    assert (model.concentrations_ == 0.7).all()
    assert (model.concentration_trace_ == 0.7).all()


@settings(max_examples=10)
@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_units_of_measurement_only_shift_log_densities(log_scales, shifts):
    points, scales = clusters(), np.exp(log_scales)
    model, rescaled = mixture().fit(points), mixture().fit(points * scales + shifts)
    assert np.array_equal(model.assignments_, rescaled.assignments_)
    shifted = model.score_samples(points) - np.sum(log_scales)
    assert np.allclose(rescaled.score_samples(points * scales + shifts), shifted, atol=1e-7)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_rotation_changes_nothing_under_a_rotated_prior(seed):
    points = clusters()
    prior = NormalInverseWishart(points.mean(0), 0.1, 6.0, np.diag([1.0, 2.0, 3.0]))
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    scale = rotation @ prior.scale @ rotation.T
    rotated_prior = NormalInverseWishart(rotation @ prior.mean, 0.1, 6.0, (scale + scale.T) / 2)
    model = mixture(prior=prior).fit(points)
    rotated = mixture(prior=rotated_prior).fit(points @ rotation.T)
    assert np.array_equal(model.assignments_, rotated.assignments_)
    assert np.allclose(model.score_samples(points), rotated.score_samples(points @ rotation.T), atol=1e-7)


@pytest.mark.parametrize("density_average", ["log_mean", "mean_log"])
def test_scores_average_snapshots_as_asked(density_average):
    points = clusters(30, 2)
    model = mixture(density_average=density_average, n_chains=2).fit(points)
    places = np.array([[0.0, 0.0], [3.0, -2.0]])
    snapshots = list(zip(model.assignments_, model.concentrations_, strict=True))
    densities = np.array(
        [[predictive_density(points, *snapshot, place, model.prior_) for place in places] for snapshot in snapshots]
    )
    mean = np.log(densities).mean(0) if density_average == "mean_log" else np.log(densities.mean(0))
    assert np.allclose(model.score_samples(places), mean)


def predictive_density(points, assignments, concentration, place, prior):
    """Density of one more point given a partition: of each component and, last, of a new one."""
    blocks = [points[assignments == label] for label in np.unique(assignments)]
    weights = [*map(len, blocks), concentration]
    ratios = [
        log_marginal(np.vstack([block, place]), prior) - log_marginal(block, prior) for block in [*blocks, points[:0]]
    ]
    return np.dot(weights, np.exp(ratios)) / np.sum(weights)


def test_draws_have_the_densities_they_are_scored_with():
    """The mean of 1/p over draws from p, within a region, is the region's area."""
    points = clusters(60, 2, 3)
    model = mixture().fit(points)
    draws = model.sample(40_000)
    low, high = np.percentile(points, [20, 80], axis=0)
    inside = draws[((draws > low) & (draws < high)).all(1)]
    estimates = np.exp(-model.score_samples(inside))
    standard_error = np.sqrt(np.square(estimates).sum()) / len(draws)
    assert abs(estimates.sum() / len(draws) - np.prod(high - low)) < 4 * standard_error


@pytest.mark.parametrize("protocol", ["exact", "published"])
@pytest.mark.parametrize(
    "points",
    [
        clusters(5, 12),
        np.random.default_rng(0).normal(size=(2, 3)),
        np.repeat(clusters(6, 3), 10, axis=0),
        1e6 + clusters(30, 3),
        clusters(30, 3) * [1e-6, 1, 1e6],
        clusters(30, 3).astype(np.float32),
    ],
    ids=["fewer points than dimensions", "two points", "duplicates", "far from 0", "mixed units", "float32"],
)
def test_awkward_points_are_fitted(points, protocol):
    model = mixture(protocol=protocol, n_sweeps=200, n_discarded=100).fit(points)
    assert np.isfinite(model.log_joint_trace_).all()
    assert np.isfinite(model.score_samples(points)).all()
    expected = log_joint(points.astype(float), model.assignments_[-1], model.concentrations_[-1], model.prior_)
    assert np.isclose(model.log_joint_trace_[0, -1], expected, rtol=1e-8)


def spoilt(value):
    points = clusters()
    points[7, 1] = value
    return points


@pytest.mark.parametrize(
    ("points", "named"),
    [
        (spoilt(np.nan), "(?i)nan|finite"),
        (spoilt(np.inf), "(?i)inf|finite"),
        (spoilt(-np.inf), "(?i)inf|finite"),
        (clusters() * [1, 0, 1], "dimension.* 1 .*constant"),
        (clusters()[:, 0], "Expected 2D array, got 1D array"),
        (clusters()[None], "array with dim 3"),
        (np.empty((0, 3)), r"0 sample\(s\)"),
        (np.empty((4, 0)), r"0 feature\(s\)"),
    ],
    ids=["NaN", "inf", "-inf", "constant", "1-d", "3-d", "no points", "no dimensions"],
)
def test_points_that_cannot_be_fitted_are_refused(points, named):
    with pytest.raises(RoteError, match=named):
        mixture().fit(points)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"protocol": "publishd"}, r"protocol.*published"),
        ({"sampler": "block"}, "sampler.*blocked"),
        ({"concentration_update": "right"}, "concentration.update.*exact"),
        ({"predictive": "both"}, "predictive.*published"),
        ({"density_average": "mean"}, "density_average.*log_mean"),
        ({"block_size": 0}, "block_size"),
        ({"n_chains": 0}, "n_chains"),
        ({"n_init_components": 1.5}, "n_init_components"),
        ({"n_sweeps": 10, "n_discarded": 10}, "n_discarded"),
        ({"keep_every": 0}, "keep_every"),
        ({"concentration": -1.0}, "concentration"),
        ({"prior": NormalInverseWishart(np.zeros(2), 1.0, 4.0, np.eye(2))}, "(?i)prior|dimension"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_options_that_cannot_be_meant_are_refused(options, named):
    with pytest.raises(RoteError, match=named):
        mixture(**options).fit(clusters())


def test_points_of_another_dimension_are_not_scored():
    model = mixture().fit(clusters())
    with pytest.raises(RoteError, match=r"X has 2 features, but .* is expecting 3 features"):
        model.score_samples(np.zeros((4, 2)))


def test_an_unfitted_model_says_so():
    with pytest.raises((RoteError, NotFittedError), match="fit"):
        mixture().score_samples(clusters())
