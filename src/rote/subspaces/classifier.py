"""The minimum angle subspace classifier (MASC) of Ketha & Ramaswamy, as an estimator of scikit-learn."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from rote.config.components import Components
from rote.errors import DataError
from rote.settings import parse
from rote.subspaces.bases import checked, class_subspaces
from rote.subspaces.decisions import decided, settled_squares
from rote.subspaces.moments import ClassMoments

PUBLISHED = {"share": 0.99}
BLOCK = 4096  # examples whose second moments are added at a time


class MinimumAngleSubspaceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Give an example the class to whose subspace its angle is smallest.

    The subspace of a class is that of its leading principal components about the origin. Multiples of an example have
    its class, so a shift of the features is another problem; a rotation or a positive scale is not.

    Parameters
    ----------
    components : mapping, optional
        ``{"share": s}`` or ``{"number": r}``, see `rote.config.components.Components`; by default the published
        ``{"share": 0.99}``. A bare number is refused: 1 would be one component to some and all variance to others.

    Attributes
    ----------
    classes_ : ndarray, shape (K,)
    n_components_ : ndarray, shape (K,), int64
        Dimension of each class subspace.
    subspaces_ : rote.subspaces.bases.Subspaces
    n_features_in_ : int
    feature_names_in_ : ndarray, shape (n_features,), object
        Names of the features, where `X` is a data frame that names them.
    """

    def __init__(self, *, components: Mapping[str, float] | None = None) -> None:
        self.components = components

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803
        """Find the subspace of each class.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,)
            Classes, two at least.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            If `components` is no share or number.
        DataError
            If an array has another form or holds a NaN or an infinity, or there is one class.
        """
        self._size()
        try:
            points, labels = validate_data(self, X, y, dtype=[np.float64, np.float32])
            check_classification_targets(labels)
        except ValueError as error:
            raise DataError(str(error)) from error
        classes, places = np.unique(labels, return_inverse=True)
        moments = ClassMoments(len(classes), points.shape[1])
        for first in range(0, len(points), BLOCK):
            moments.add(points[first : first + BLOCK], places[first : first + BLOCK])
        return self._found(moments, classes)

    def fit_moments(self, moments: ClassMoments) -> Self:
        """Find the subspaces of classes of which moments are known, from a stream or as a sum of several parts.

        Parameters
        ----------
        moments : ClassMoments
            A class without examples has a subspace of no dimension, and no example is given it but by a tie.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            If `components` is no share or number.
        DataError
            If there is one class.
        """
        self.n_features_in_ = moments.n_features
        return self._found(moments, np.arange(len(moments)))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Cosine of the angle to each class subspace.

        Parameters
        ----------
        X : array-like, shape (n, n_features)

        Returns
        -------
        ndarray, shape (n, K), or (n,) for two classes
            Classes that differ from the largest by rounding alone are equal to it; a zero vector, which has no angle,
            is 0 throughout. For two classes the second's cosine minus the first's.

        Raises
        ------
        DataError
            If the array has another form or holds a NaN or an infinity.
        """
        cosines = self._cosines(X)
        return cosines[:, 1] - cosines[:, 0] if len(self.classes_) == 2 else cosines

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The class of the smallest angle; of several, and for a zero vector, the first.

        Parameters
        ----------
        X : array-like, shape (n, n_features)

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        DataError
            If the array has another form or holds a NaN or an infinity.
        """
        decisions = decided(self._cosines(X))  # first, as it refuses what is not fitted
        return self.classes_[decisions.classes]

    def tied(self, X: ArrayLike) -> NDArray[np.bool_]:  # noqa: N803
        """Whether several classes have the smallest angle, so that the first was predicted for want of a better.

        Parameters
        ----------
        X : array-like, shape (n, n_features)

        Returns
        -------
        ndarray, shape (n,), bool

        Raises
        ------
        DataError
            If the array has another form or holds a NaN or an infinity.
        """
        return decided(self._cosines(X)).tied

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: where classes span all of few features, as in its checks, no angle tells them apart."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _size(self) -> Components:
        return checked(parse(Components, PUBLISHED if self.components is None else self.components, "components"))

    def _found(self, moments: ClassMoments, classes: NDArray[Any]) -> Self:
        if len(classes) < 2:
            raise DataError("y has one class: the smallest angle is one among several. Give two classes.")
        self.subspaces_ = class_subspaces(moments, [self._size()])
        self.n_components_ = self.subspaces_.ranks[0]
        self.classes_ = classes
        return self

    def _cosines(self, points: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self)
        try:
            array = validate_data(self, points, dtype=[np.float64, np.float32], reset=False)
        except ValueError as error:
            raise DataError(str(error)) from error
        cosines: NDArray[np.float64] = np.sqrt(settled_squares(self.subspaces_, array)[0])
        return cosines
