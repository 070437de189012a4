"""Split-merge moves, which carry whole groups of points between components in one step.

Jain & Neal (2004) for conjugate models. A pair of points is drawn. If one component holds both, it is proposed to
split, else their components are proposed to merge. There are three ways to divide the points at stake, one of which is
drawn for each proposal; none depends on how they are divided now.

- Sequential: points come to the pair one by one in random order (as in Dahl 2005), restricted Gibbs scans follow, and
  the last scan is the proposal. It finds groups of like size. The original's launch state, a random division, would
  take many more scans to come apart in 64 dimensions.
- Nearest: the same, but one of the pair begins with some of its nearest points. It peels small groups off a large one.
- Random: a division at random is the proposal (Jain & Neal's simple random split). It hardly ever splits, but it lets
  small components merge whose points no scan would divide in just the present way.
"""

from math import lgamma

import numpy as np

from rote.compilation import compiled
from rote.density.sampler.components import (
    Components,
    Integers,
    Prior,
    close_component,
    compute,
    compute_statistics,
    form_of,
    log_marginal,
    log_score,
    log_score_without,
    members_of,
    open_component,
    posterior,
    refresh,
    shift,
    shuffled,
    solve_transposed,
)

UNASSIGNED = -1
LAUNCH_SCANS = 1  # restricted scans between a launch state and the last one
SEQUENTIAL, RANDOM, NEAREST = 0, 1, 2  # ways to divide, each tried as often
MOST_GATHERED = 64


@compiled
def propose(
    components: Components,
    prior: Prior,
    concentration: float,
    neighbours: Integers,
    generator: np.random.Generator,
) -> int:
    """Propose one split or merge and accept it by Metropolis and Hastings' rule.

    Parameters
    ----------
    components : Components
        Changed in place if the proposal is accepted.
    prior : Prior
    concentration : float
        α.
    neighbours : ndarray, shape (n, m), int64
        Points near to each. Half of the pairs are a point and one of these, the others any two: as the choice does
        not depend on the partition, it has no part in the rule.
    generator : numpy.random.Generator

    Returns
    -------
    int
        1 for an accepted split, −1 for an accepted merge, else 0.
    """
    n, m = neighbours.shape
    i = int(generator.random() * n)
    j = int(generator.random() * n)
    if generator.random() < 0.5:
        j = neighbours[i, int(generator.random() * m)]
    if i == j:
        return 0
    way = int(generator.random() * 3)
    log_uniform = np.log(generator.random())
    first, second = components.assignments[i], components.assignments[j]
    members = members_of(components.assignments, first, second)
    if first == second:
        united = _log_weight(prior, len(members), components.log_determinants[first], concentration)
        divided, log_proposal = _divide(components, prior, members, i, j, way, False, generator)
        if log_uniform >= _log_weights(divided, prior, 0, 1, concentration) - united - log_proposal:
            return 0
        _split(components, prior, first, members, divided.assignments)
        return 1

    d = components.points.shape[1]
    log_determinant = posterior(components.points, members, prior, np.empty(d), np.empty((d, d)))
    united = _log_weight(prior, len(members), log_determinant, concentration)
    log_ratio = united - _log_weights(components, prior, first, second, concentration)
    if log_uniform >= log_ratio:  # the proposal's probability can only make it worse: no need to compute it
        return 0
    _, log_proposal = _divide(components, prior, members, i, j, way, True, generator)
    if log_uniform >= log_ratio + log_proposal:
        return 0
    _unite(components, prior, first, second)
    return -1


@compiled
def _log_weight(prior: Prior, size: int, log_determinant: float, concentration: float) -> float:
    """A component's part of the log joint density of data and partition."""
    return np.log(concentration) + lgamma(size) + log_marginal(prior, size, log_determinant)


@compiled
def _log_weights(components: Components, prior: Prior, first: int, second: int, concentration: float) -> float:
    sizes, log_determinants = components.sizes, components.log_determinants
    one = _log_weight(prior, sizes[first], log_determinants[first], concentration)
    return one + _log_weight(prior, sizes[second], log_determinants[second], concentration)


@compiled
def _split(components: Components, prior: Prior, k: int, members: Integers, sides: Integers) -> None:
    new = open_component(components, prior)
    for place in range(len(members)):
        if sides[place] == 1:
            components.assignments[members[place]] = new
    compute(components, prior, k)
    compute(components, prior, new)


@compiled
def _unite(components: Components, prior: Prior, k: int, other: int) -> None:
    for i in range(len(components.assignments)):
        if components.assignments[i] == other:
            components.assignments[i] = k
    compute(components, prior, k)
    close_component(components, other)


@compiled
def _divide(
    components: Components,
    prior: Prior,
    members: Integers,
    i: int,
    j: int,
    way: int,
    forced: bool,
    generator: np.random.Generator,
) -> tuple[Components, float]:
    """Divide `members` between component 0, which holds `i`, and component 1, which holds `j`.

    Returns the division that was drawn, or the present one where it is forced, with its log probability.
    """
    s, d = len(members), components.points.shape[1]
    points, prior_forms, present = np.empty((s, d)), np.empty(s), np.empty(s, np.int64)
    pair = np.empty(2, np.int64)
    for place in range(s):
        member = members[place]
        points[place] = components.points[member]
        prior_forms[place] = components.prior_forms[member]
        present[place] = 1 if components.assignments[member] == components.assignments[j] else 0
        if member == i:
            pair[0] = place
        elif member == j:
            pair[1] = place
    divided = Components(
        points,
        prior_forms,
        np.full(s, UNASSIGNED),
        np.zeros(1, np.int64),
        np.zeros(2, np.int64),
        np.empty((2, d)),
        np.empty((2, d, d)),
        np.empty(2),
        np.empty((2, s)),
        np.zeros(2, np.int64),
        np.empty((2, d)),
    )
    if way == RANDOM:
        if not forced:
            for place in range(s):
                divided.assignments[place] = int(generator.random() * 2)
            _place_pair(divided, prior, pair)
        return divided, (2 - s) * np.log(2.0)
    if way == SEQUENTIAL:
        for k in range(2):
            open_component(divided, prior)
            _take(divided, prior, k, pair[k], form_of(divided, k, pair[k]))
        _scan(divided, prior, pair, present, False, generator)
    else:
        _gather(divided, prior, pair[1], 1 + int(generator.random() * min(s // 2, MOST_GATHERED)))
        _place_pair(divided, prior, pair)
    for _ in range(LAUNCH_SCANS):
        _scan(divided, prior, pair, present, False, generator)
    return divided, _scan(divided, prior, pair, present, forced, generator)


@compiled
def _place_pair(divided: Components, prior: Prior, pair: Integers) -> None:
    """Put the pair where it belongs and compute both components."""
    for k in range(2):
        divided.assignments[pair[k]] = k
    for k in range(2):
        compute_statistics(divided, prior, k)


@compiled
def _gather(divided: Components, prior: Prior, centre: int, number: int) -> None:
    """Put the points nearest to one of them into component 1, and all others into component 0."""
    s, d = divided.points.shape
    difference, distances = divided.work[0], np.empty(s)
    for place in range(s):
        for j in range(d):
            difference[j] = divided.points[place, j] - divided.points[centre, j]
        solve_transposed(prior.factor, difference)
        distances[place] = (difference * difference).sum()
        divided.assignments[place] = 0
    for place in np.argsort(distances)[:number]:
        divided.assignments[place] = 1


@compiled
def _scan(
    divided: Components, prior: Prior, pair: Integers, present: Integers, forced: bool, generator: np.random.Generator
) -> float:
    """Draw the component of every point but the pair, or give it the present one.

    Points without a component get their first. Returns the log probability of what was drawn or given. Quadratic forms
    are computed as they are needed: a point that moves would change all of them, and each is looked at once.
    """
    log_probability = 0.0
    for place in shuffled(len(present), generator):
        if place == pair[0] or place == pair[1]:
            continue
        own = divided.assignments[place]
        forms = (form_of(divided, 0, place), form_of(divided, 1, place))
        first = log_score_without(divided, prior, 0, forms[0]) if own == 0 else log_score(divided, prior, 0, forms[0])
        second = log_score_without(divided, prior, 1, forms[1]) if own == 1 else log_score(divided, prior, 1, forms[1])
        log_odds = second - first
        choice = present[place] if forced else int(np.log(generator.random()) < _log_logistic(log_odds))
        log_probability += _log_logistic(log_odds if choice == 1 else -log_odds)
        if choice != own:
            _take(divided, prior, choice, place, forms[choice])
            if own != UNASSIGNED:
                shift(divided, prior, own, place, -1, forms[own])
            refresh(divided, prior)
    return log_probability


@compiled
def _take(divided: Components, prior: Prior, k: int, place: int, form: float) -> None:
    shift(divided, prior, k, place, 1, form)
    divided.assignments[place] = k


@compiled
def _log_logistic(x: float) -> float:
    """Log 1/(1 + exp(−x))."""
    return -np.log1p(np.exp(-x)) if x > -700.0 else x
