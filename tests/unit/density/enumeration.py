"""Dirichlet-process Gaussian mixtures of a few points, solved by going through every partition.

Nothing here is shared with the sampler under test: closed forms in NumPy and SciPy, sums over partitions, and a grid
over the concentration. A law is an array (n_concentrations, n_partitions) of probabilities.
"""

from functools import cache, cached_property
from itertools import permutations, product

import numpy as np
from scipy.special import betaincinv, gammaln, multigammaln
from scipy.stats import gamma


def partitions(n):
    """All set partitions of n points, (Bell(n), n): labels in order of first appearance."""
    rows = [(0,)]
    for _ in range(n - 1):
        rows = [(*row, label) for row in rows for label in range(max(row) + 2)]
    return np.array(rows)


def canonical(assignments):
    """Assignments (m, n) with the labels of every row renamed in order of first appearance."""
    first = (assignments[:, :, None] == assignments[:, None, :]).argmax(2)
    own = first == np.arange(assignments.shape[1])
    return np.take_along_axis(own.cumsum(1) - 1, first, 1)


def states(assignments):
    """Place of each assignment (m, n) among `partitions(n)`, (m,)."""
    n = assignments.shape[1]
    powers = n ** np.arange(n)[::-1]
    codes = partitions(n) @ powers  # rows are in lexicographic order, so their codes ascend
    return np.searchsorted(codes, canonical(assignments) @ powers)


def log_marginal(points, prior):
    """Log density of one component's points (m, d), its mean and covariance integrated out."""
    (m, d), kappa, nu = points.shape, prior.mean_strength, prior.degrees_of_freedom
    if m == 0:
        return 0.0
    centred = points - points.mean(0)
    shift = points.mean(0) - prior.mean
    scale = prior.scale + centred.T @ centred + kappa * m / (kappa + m) * np.outer(shift, shift)
    return (
        -m * d / 2 * np.log(np.pi)
        + multigammaln((nu + m) / 2, d)
        - multigammaln(nu / 2, d)
        + nu / 2 * np.linalg.slogdet(prior.scale)[1]
        - (nu + m) / 2 * np.linalg.slogdet(scale)[1]
        + d / 2 * np.log(kappa / (kappa + m))
    )


def log_partition_prior(assignments, concentration):
    """Log probability of one partition (n,) under the Chinese restaurant process."""
    sizes = np.unique(assignments, return_counts=True)[1]
    return (
        sizes.size * np.log(concentration)
        + gammaln(sizes).sum()
        + gammaln(concentration)
        - gammaln(concentration + sizes.sum())
    )


def log_joint(points, assignments, concentration, prior):
    """Log density of points, partition and a Gamma(1, 1) concentration."""
    blocks = (points[assignments == label] for label in np.unique(assignments))
    likelihood = sum(log_marginal(block, prior) for block in blocks)
    return likelihood + log_partition_prior(assignments, concentration) - concentration


class Enumeration:
    """Exact laws of partition and concentration given points (n, d).

    `concentration` fixes α; None means α ~ Gamma(1, 1), on a grid even in log α, where sums converge geometrically.
    """

    def __init__(self, points, prior, concentration=None):
        self.points, self.prior, self.n = points, prior, len(points)
        self.partitions = partitions(self.n)
        self.n_components = self.partitions.max(1) + 1
        self.fixed = concentration is not None
        log_grid = np.log([concentration]) if self.fixed else np.linspace(-14.0, 4.2, 131)
        self.concentrations = np.exp(log_grid)
        self._log_marginal = cache(lambda block: log_marginal(self.points[list(block)], prior))

    @cached_property
    def posterior(self):
        likelihood = np.array([sum(map(self._log_marginal, _blocks(row))) for row in self.partitions])
        prior = np.array([log_partition_prior(row, self.concentrations) for row in self.partitions]).T
        grid = 0.0 if self.fixed else (np.log(self.concentrations) - self.concentrations)[:, None]
        log_law = likelihood + prior + grid
        law = np.exp(log_law - log_law.max())
        return law / law.sum()

    def concentration_step(self, law):
        """Law after the published update of α, its shape too high by the flipped Bernoulli draw."""
        after = np.empty_like(law)
        for k in np.unique(self.n_components):
            columns = self.n_components == k
            after[:, columns] = self._published_kernel(k).T @ law[:, columns]
        return after

    @cache  # noqa: B019  (an enumeration lives as long as its test)
    def _published_kernel(self, k, quantiles=200):
        alpha = self.concentrations[:, None]
        eta = betaincinv(alpha + 1, self.n, (np.arange(quantiles) + 0.5) / quantiles)
        rate = 1 - np.log(eta)
        kernel = np.empty((alpha.size, alpha.size))
        for place, target in enumerate(self.concentrations):  # the Jacobian of log α is the factor `target`
            smaller, larger = (gamma.pdf(target, k + more, scale=1 / rate).mean(1) for more in (0, 1))
            kernel[:, place] = target * (smaller + self.n / (self.n + alpha[:, 0]) * (larger - smaller))
        return kernel / kernel.sum(1, keepdims=True)

    @cache  # noqa: B019
    def block_kernel(self, block):
        """Transitions (n_concentrations, n_partitions, n_partitions) when a block of points is redrawn at once.

        Each point is drawn given the points outside the block alone; all draws of a new component share one.
        """
        rest = [i for i in range(self.n) if i not in block]
        rows = {}
        kernel = np.zeros((self.concentrations.size, len(self.partitions), len(self.partitions)))
        for state, partition in enumerate(self.partitions):
            remaining = [tuple(i for i in members if i in rest) for members in _blocks(partition)]
            remaining = tuple(members for members in remaining if members)
            if remaining not in rows:
                rows[remaining] = self._redrawn(block, remaining)
            kernel[:, state] = rows[remaining]
        return kernel

    def _redrawn(self, block, remaining):
        tables = []
        for i in block:
            weights = [
                len(members) * np.exp(self._log_marginal(tuple(sorted((*members, i)))) - self._log_marginal(members))
                + 0 * self.concentrations
                for members in remaining
            ]
            weights = np.array([*weights, self.concentrations * np.exp(self._log_marginal((i,)))])
            tables.append(weights / weights.sum(0))
        row = np.zeros((self.concentrations.size, len(self.partitions)))
        labels = np.empty((1, self.n), int)
        for number, members in enumerate(remaining):
            labels[0, list(members)] = number
        for choice in product(range(len(remaining) + 1), repeat=len(block)):
            labels[0, list(block)] = choice
            row[:, states(labels)[0]] += np.prod([table[k] for table, k in zip(tables, choice, strict=True)], axis=0)
        return row

    def stationary(self, block_size, published_concentration=False):
        """Law to which sweeps over randomly permuted points, cut into blocks, lead; α is drawn before every block.

        An exact draw of α is not followed: with blocks of one point it leaves `posterior` alone.
        """
        orders = _orders(self.n, block_size)

        def sweep(law):
            total = np.zeros_like(law)
            for order in orders:
                after = law
                for block in order:
                    if published_concentration:
                        after = self.concentration_step(after)
                    after = np.einsum("as,ast->at", after, self.block_kernel(block))
                total += after
            return total / len(orders)

        law = self.posterior
        for _ in range(2000):
            before, law = law, sweep(law)
            if np.abs(law - before).sum() < 1e-10:
                return law
        raise AssertionError("the sweeps reach no stationary law")

    def predictive_density(self, law, point, published=False):
        """Density of one more point (d,), averaged over a law of assignments and concentrations."""
        extended = np.vstack([self.points, point])
        alpha, density = self.concentrations, np.zeros_like(law)
        for state, partition in enumerate(self.partitions):
            blocks = _blocks(partition)
            for members in blocks:
                log_ratio = log_marginal(extended[[*members, self.n]], self.prior) - self._log_marginal(members)
                weight = len(members) / (self.n + alpha)
                if published:
                    weight = (len(members) + alpha) / (self.n + len(blocks) * alpha)
                density[:, state] += weight * np.exp(log_ratio)
            if not published:
                density[:, state] += alpha / (self.n + alpha) * np.exp(log_marginal(extended[[self.n]], self.prior))
        return (law * density).sum()

    def mean_concentration(self, law):
        return self.concentrations @ law.sum(1)

    def component_counts(self, law):
        """Probabilities of 1, 2, …, n components."""
        return np.bincount(self.n_components, law.sum(0), self.n + 1)[1:]


def _blocks(partition):
    return [tuple(np.flatnonzero(partition == label).tolist()) for label in range(max(partition) + 1)]


def _orders(n, block_size):
    """Every way to cut a permutation of n points into consecutive blocks, equally likely each."""
    cut = range(0, n, block_size)
    return sorted({tuple(tuple(sorted(order[i : i + block_size])) for i in cut) for order in permutations(range(n))})


def total_variation(first, second):
    return np.abs(first - second).sum() / 2


def sampling_noise(chain, n_states, batch=200, draws=2000):
    """Largest total variation that chance alone puts between the law of a chain's states (m,) and its own limit.

    Frequencies of consecutive batches, far longer than the chain's memory, are as good as independent; their mean is
    redrawn with normal multipliers, which keeps all its covariances.
    """
    batches = chain[: len(chain) // batch * batch].reshape(-1, batch)
    frequencies = np.stack([np.bincount(row, minlength=n_states) for row in batches]) / batch
    deviations = (frequencies - frequencies.mean(0)) / len(batches)
    multipliers = np.random.default_rng(0).standard_normal((draws, len(batches)))
    return np.abs(multipliers @ deviations).sum(1).max() / 2
