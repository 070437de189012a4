"""Dirichlet-process mixture of Gaussians, fitted by collapsed Gibbs sampling: the density model of Eq. 2."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from rote.density.diagnostics import Diagnosis, diagnose
from rote.density.options import Options
from rote.density.pooling import pooled_chains
from rote.density.predictive import PosteriorPredictive
from rote.density.prior import NormalInverseWishart
from rote.density.sampler.chain import Chain, run_chain
from rote.density.sampler.components import Floats
from rote.errors import DataError

RandomState = int | np.random.SeedSequence | None


class DirichletProcessGaussianMixture(DensityMixin, BaseEstimator):  # type: ignore[misc]
    """Density model with an unknown number of Gaussian components.

    α ~ Gamma(1, 1), G | α ~ DP(NIW(θ₀), α), μ, Σ ~ G, x ~ N(μ, Σ) (paper, Eq. 2).

    Parameters
    ----------
    protocol : {"exact", "published"}
        What all options are that are not given: what the mathematics asks for, or what the published code computes.
    sampler, block_size, split_merge, concentration_update, concentration, predictive, density_average,
    average, pooling, n_chains, n_init_components, initial_components, n_sweeps, n_discarded, keep_every
        See `rote.density.options.Options`. None stands for the protocol's choice.
    prior : NormalInverseWishart, optional
        By default the weakly informative one of the data.
    n_jobs : int
        Processes among which chains are divided.
    random_state : int or numpy.random.SeedSequence, optional
        Equal seeds give equal chains, whatever `n_jobs`.

    Attributes
    ----------
    assignments_ : ndarray, shape (kept, n), int64
        Component of every point in each posterior sample, chain after chain.
    concentrations_ : ndarray, shape (kept,), float64
    chains_, sweeps_ : ndarray, shape (kept,), int64
        The chain and the sweep of each posterior sample.
    log_joint_trace_, n_components_trace_, concentration_trace_ : ndarray, shape (n_chains, n_sweeps)
        log p(X, c, α) in nats, K and α after every sweep.
    n_features_in_ : int
        Dimensions d.
    feature_names_in_ : ndarray, shape (d,), object
        Names of the dimensions, where `X` is a data frame that names them.
    options_ : Options
        Every choice by name.
    prior_ : NormalInverseWishart
    predictive_ : PosteriorPredictive
    diagnostics_ : dict of str to Diagnosis
        Of ``log_joint``, ``n_components`` and ``concentration`` over the kept sweeps of all chains.
    """

    def __init__(
        self,
        *,
        protocol: str = "exact",
        sampler: str | None = None,
        block_size: int | None = None,
        split_merge: int | None = None,
        concentration_update: str | None = None,
        concentration: float | None = None,
        predictive: str | None = None,
        density_average: str | None = None,
        average: str | None = None,
        pooling: str | None = None,
        n_chains: int | None = None,
        n_init_components: int | None = None,
        initial_components: Sequence[int] | None = None,
        n_sweeps: int | None = None,
        n_discarded: int | None = None,
        keep_every: int | None = None,
        prior: NormalInverseWishart | None = None,
        n_jobs: int = 1,
        random_state: RandomState = None,
    ) -> None:
        self.protocol = protocol
        self.sampler = sampler
        self.block_size = block_size
        self.split_merge = split_merge
        self.concentration_update = concentration_update
        self.concentration = concentration
        self.predictive = predictive
        self.density_average = density_average
        self.average = average
        self.pooling = pooling
        self.n_chains = n_chains
        self.n_init_components = n_init_components
        self.initial_components = initial_components
        self.n_sweeps = n_sweeps
        self.n_discarded = n_discarded
        self.keep_every = keep_every
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: None = None) -> Self:  # noqa: N803
        """Run the chains.

        Parameters
        ----------
        X : array-like, shape (n, d)
            Points; converted to float64. Fewer points than dimensions and duplicates are no hindrance.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        DataError
            If `X` has another form, holds a NaN or an infinity or, where no prior is given, has a single point or a
            constant dimension.
        ConfigError
            If an option is unknown or out of range.
        """
        choices = {name: getattr(self, name) for name in Options.__dataclass_fields__}
        self.options_ = Options.of(
            self.protocol, **{name: value for name, value in choices.items() if value is not None}
        )
        points = self._validated(X, reset=True, ensure_min_samples=1 if self.prior else 2)
        self.prior_ = self.prior or NormalInverseWishart.weakly_informative(points, self.options_.n_init_components)
        if self.prior_.mean.size != points.shape[1]:
            raise DataError(f"the prior has {self.prior_.mean.size} dimensions and the data have {points.shape[1]}")
        generators = map(np.random.default_rng, _children(self.random_state, self.options_.n_chains))
        chains: list[Chain] = Parallel(self.n_jobs)(
            delayed(run_chain)(points, self.prior_, self.options_, generator, self.options_.start_of(chain))
            for chain, generator in enumerate(generators)
        )
        self._points = points
        self._gather(chains)
        self.__dict__.pop("predictive_", None)
        self.__dict__.pop("diagnostics_", None)
        return self

    def _validated(self, X: ArrayLike, **checks: Any) -> Floats:  # noqa: N803
        """A copy of points as float64 (n, d), which the caller cannot change later."""
        try:
            points: Floats = validate_data(self, X, dtype=np.float64, order="C", copy=True, **checks)
        except ValueError as error:
            raise DataError(str(error)) from error
        return points

    def _gather(self, chains: list[Chain]) -> None:
        self.assignments_ = np.concatenate([chain.assignments for chain in chains])
        self.concentrations_ = np.concatenate([chain.concentrations for chain in chains])
        self.sweeps_ = np.concatenate([chain.kept for chain in chains])
        self.chains_ = np.repeat(np.arange(len(chains)), len(chains[0].kept))
        self.log_joint_trace_ = np.stack([chain.log_joint for chain in chains])
        self.n_components_trace_ = np.stack([chain.n_components for chain in chains])
        self.concentration_trace_ = np.stack([chain.concentration for chain in chains])

    @cached_property
    def predictive_(self) -> PosteriorPredictive:
        """Posterior predictive density of the pooled chains."""
        check_is_fitted(self, "assignments_")
        kept = np.array(self.options_.kept_sweeps) - 1
        return self.predictive_of(*pooled_chains(self.log_joint_trace_[:, kept], self.options_.pooling))

    def predictive_of(self, *chains: int) -> PosteriorPredictive:
        """Posterior predictive density of these chains."""
        samples = np.isin(self.chains_, chains)
        return PosteriorPredictive.from_assignments(
            self._points,
            self.assignments_[samples],
            self.concentrations_[samples],
            self.prior_,
            predictive=self.options_.predictive,
        )

    @cached_property
    def diagnostics_(self) -> dict[str, Diagnosis]:
        """What the kept sweeps say of the chains."""
        kept = np.array(self.options_.kept_sweeps) - 1
        traces = {
            "log_joint": self.log_joint_trace_,
            "n_components": self.n_components_trace_,
            "concentration": self.concentration_trace_,
        }
        return {quantity: diagnose(trace[:, kept]) for quantity, trace in traces.items()}

    def score_samples(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Log density of points under the posterior predictive, by the option `density_average`.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n,), float64
            In nats.

        Raises
        ------
        DataError
            If `X` has another form or holds a NaN or an infinity.
        """
        predictive = self.predictive_
        return predictive.log_density(self._validated(X, reset=False), self.options_.density_average)

    def score(self, X: ArrayLike, y: None = None) -> float:  # noqa: N803
        """Mean of `score_samples`, the higher the better: what scikit-learn's model selection compares.

        Parameters
        ----------
        X : array-like, shape (n, d)
        y : ignored

        Returns
        -------
        float
            In nats for each point.

        Raises
        ------
        DataError
            As `score_samples`.
        """
        return float(self.score_samples(X).mean())

    def sample(self, n_samples: int = 1, random_state: RandomState = None) -> Floats:
        """Draw points from the posterior predictive.

        Parameters
        ----------
        n_samples : int
        random_state : int or numpy.random.SeedSequence, optional
            By default follows from the estimator's.

        Returns
        -------
        ndarray, shape (n_samples, d), float64
        """
        seed = self.random_state if random_state is None else random_state
        *_, last = _children(seed, self.options_.n_chains + 1)  # the others are the chains'
        return self.predictive_.sample(n_samples, np.random.default_rng(last)).points


def _children(random_state: RandomState, number: int) -> list[np.random.SeedSequence]:
    """Seeds that depend on `random_state` and their own place alone."""
    seed = random_state if isinstance(random_state, np.random.SeedSequence) else np.random.SeedSequence(random_state)
    return [np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, index)) for index in range(number)]
