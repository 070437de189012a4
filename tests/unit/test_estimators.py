"""Every estimator that the packages export keeps scikit-learn's conventions, by scikit-learn's own checks."""

import inspect

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

from rote.density.mixture import DirichletProcessGaussianMixture
from rote.errors import DataError
from rote.geometry.capacity import ManifoldCapacity
from rote.subspaces.classifier import MinimumAngleSubspaceClassifier
from tests.unit.exports import EXPORTS, exported

SHORT = {"n_sweeps": 30, "n_discarded": 10, "keep_every": 5}
ESTIMATORS = [
    DirichletProcessGaussianMixture(protocol="exact", **SHORT),
    DirichletProcessGaussianMixture(protocol="published", n_chains=2, **SHORT),
]
MANIFOLDS = ManifoldCapacity(n_draws=20, restarts=2)
LABELLED = [MANIFOLDS, MinimumAngleSubspaceClassifier()]


def test_every_exported_estimator_is_checked():
    objects = [exported(package, name) for package, name in EXPORTS]
    classes = {one for one in objects if inspect.isclass(one) and issubclass(one, BaseEstimator)}
    assert classes == {type(estimator) for estimator in [*ESTIMATORS, *LABELLED]}


@parametrize_with_checks([*ESTIMATORS, *LABELLED])
def test_scikit_learn_s_conventions_are_kept(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [*ESTIMATORS, *LABELLED], ids=repr)
def test_names_of_a_data_frame_s_columns_are_kept_and_compared(estimator):
    check_dataframe_column_names_consistency(type(estimator).__name__, clone(estimator))


def test_points_are_copied_so_that_a_later_change_of_them_changes_nothing():
    points = np.random.default_rng(0).normal(size=(20, 2))
    places = points.copy()
    model = clone(ESTIMATORS[0]).set_params(random_state=0).fit(points)
    points[:] = 0
    unchanged = clone(ESTIMATORS[0]).set_params(random_state=0).fit(places)
    assert model.score_samples(places).tobytes() == unchanged.score_samples(places).tobytes()


def test_a_score_is_the_mean_log_density():
    points = np.random.default_rng(0).normal(size=(20, 2))
    model = clone(ESTIMATORS[0]).fit(points)
    assert model.score(points[:7]) == pytest.approx(model.score_samples(points[:7]).mean(), rel=1e-14)


def test_model_selection_compares_estimators_by_the_density_of_held_out_points():
    """Two tight clusters far apart: with a huge concentration almost every point is a component of its own."""
    generator = np.random.default_rng(0)
    points = generator.permutation(np.concatenate([generator.normal(place, 1, (30, 1)) for place in (-50, 50)]))
    model = clone(ESTIMATORS[0]).set_params(random_state=0)
    search = GridSearchCV(model, {"concentration": [1.0, 1e6]}, cv=2).fit(points)
    assert search.best_params_ == {"concentration": 1.0}


def test_an_array_that_is_refused_is_both_scikit_learn_s_error_and_ours():
    with pytest.raises(DataError, match="Input X contains NaN"):
        clone(ESTIMATORS[0]).fit([[0.0, np.nan], [1.0, 2.0]])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        clone(ESTIMATORS[0]).fit([[0.0, np.nan], [1.0, 2.0]])
