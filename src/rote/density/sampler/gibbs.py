"""One pass of collapsed Gibbs sampling over all points: single-site, or in the paper's blocks."""

import numpy as np

from rote.compilation import compiled
from rote.density.sampler.components import (
    Components,
    Floats,
    Integers,
    Prior,
    change,
    cholesky,
    close_component,
    log_kernel,
    log_score,
    log_score_without,
    open_component,
    refresh,
    shuffled,
    solve,
    solve_transposed,
)

NEGLIGIBLE = -40.0  # log of a share that rounding of the total would swallow


@compiled
def sweep(
    components: Components,
    prior: Prior,
    concentration: float,
    block_size: int,
    rule: int,
    generator: np.random.Generator,
) -> float:
    """Draw every point's component once, in random order.

    The concentration is drawn before every block, or before every sweep where points go one by one.

    The points of a block are removed together, scored against the same remaining components, and drawn independently
    of one another; those that draw a new component share one (paper, appendix "Block collapsed Gibbs sampler"). With
    blocks of one point this is the exact single-site sampler (Neal 2000, algorithm 3).

    Parameters
    ----------
    components : Components
        Changed in place.
    prior : Prior
    concentration : float
        α at the start.
    block_size : int
    rule : int
        How α is drawn, see `draw_concentration`.
    generator : numpy.random.Generator

    Returns
    -------
    float
        α at the end.
    """
    n = len(components.points)
    order = shuffled(n, generator)
    choices = np.empty(block_size, np.int64)
    log_weights = np.empty((n + 2, block_size))
    weights = np.empty(n + 2)
    for start in range(0, n, block_size):
        block = order[start : start + block_size]
        count = components.number[0]
        if block_size > 1 or start == 0:
            concentration = draw_concentration(concentration, count, n, rule, generator)
        for k in range(count):
            _score_block(components, prior, k, block, log_weights[k])
        new = np.log(concentration) + prior.predictive[0]
        for place in range(len(block)):
            log_weights[count, place] = new + log_kernel(
                prior, 0, prior.log_determinant, components.prior_forms[block[place]]
            )
            choices[place] = draw_index(log_weights[: count + 1, place], weights, generator)
        _move(components, prior, block, choices[: len(block)])
        refresh(components, prior)
    return concentration


@compiled
def draw_concentration(concentration: float, count: int, n: int, rule: int, generator: np.random.Generator) -> float:
    """Draw α given the number of components, its prior being Gamma(1, 1).

    The auxiliary variables of Escobar & West (1995) are η ~ Beta(α + 1, n) and u ~ Bernoulli(n/(n + α)); then
    α ~ Gamma(1 + K − u, rate 1 − log η). The published code's shape is K + u.

    Parameters
    ----------
    concentration : float
        The present α.
    count : int
        K, the number of components.
    n : int
        Number of points.
    rule : int
        0 leaves α as it is, 1 is exact, 2 the published code's.
    generator : numpy.random.Generator
    """
    if rule == 0:
        return concentration
    rate = 1.0 - np.log(generator.beta(concentration + 1.0, n))
    u = 1 if generator.random() * (n + concentration) < n else 0
    shape = 1 + count - u if rule == 1 else count + u
    return generator.gamma(shape) / rate


@compiled
def draw_index(log_weights: Floats, weights: Floats, generator: np.random.Generator) -> int:
    """Draw an index with probability proportional to exp(log weight); `weights` is room to work in."""
    number = len(log_weights)
    largest = log_weights[0]
    for k in range(1, number):
        largest = max(largest, log_weights[k])
    total = 0.0
    for k in range(number):
        below = log_weights[k] - largest
        weights[k] = np.exp(below) if below > NEGLIGIBLE else 0.0
        total += weights[k]
    left = generator.random() * total
    for k in range(number):
        left -= weights[k]
        if left < 0.0:
            return k
    return int(np.argmax(log_weights))  # rounding left a crumb


@compiled
def _score_block(components: Components, prior: Prior, k: int, block: Integers, log_weights: Floats) -> None:
    """Log of size times predictive density of component `k`, the block's points gone, for each of them."""
    b = len(block)
    r = 0
    for place in range(b):
        r += components.assignments[block[place]] == k
    if r == 0:
        for place in range(b):
            log_weights[place] = log_score(components, prior, k, components.forms[k, block[place]])
    elif r == components.sizes[k]:
        log_weights[:b] = -np.inf
    elif b == 1:  # no cross terms: nothing to solve
        log_weights[0] = log_score_without(components, prior, k, components.forms[k, block[0]])
    else:
        _score_without_block(components, prior, k, block, r, log_weights)


@compiled
def _score_without_block(
    components: Components, prior: Prior, k: int, block: Integers, r: int, log_weights: Floats
) -> None:
    """`_score_block` where component `k` holds r of the block's points and others besides.

    With Y the leaving points less m, κ the strength before and G = Yᵀ Ψ⁻¹ Y, the scale matrix that remains is
    Ψ − Y (I + 11ᵀ/(κ − r)) Yᵀ; by Woodbury's formula its inverse and determinant need T = I − 11ᵀ/κ − G alone, r×r.
    """
    b = len(block)
    size = components.sizes[k] - r
    kappa = prior.mean_strength + components.sizes[k]
    step = 1.0 / (kappa - r)
    leaving = np.empty(r, np.int64)
    column = 0
    for place in range(b):
        if components.assignments[block[place]] == k:
            leaving[column] = place
            column += 1
    cross = np.empty((b, r))
    for column in range(r):
        _cross_forms(components, k, block, block[leaving[column]], cross[:, column])
    factor = np.empty((r, r))
    for row in range(r):
        for column in range(r):
            factor[row, column] = (1.0 if row == column else 0.0) - 1.0 / kappa - cross[leaving[row], column]
    cholesky(factor)
    log_determinant = components.log_determinants[k] + np.log(kappa * step)
    for row in range(r):
        log_determinant += 2.0 * np.log(factor[row, row])
    h = np.empty(r)
    for place in range(b):
        moved = 0.0
        for row in range(r):
            h[row] = cross[place, row]
            for column in range(r):
                h[row] += step * cross[leaving[column], row]
            moved += cross[place, row] + h[row]
        form = components.forms[k, block[place]] + step * moved
        solve_transposed(factor, h)
        for row in range(r):
            form += h[row] * h[row]
        log_weights[place] = prior.weighted[size] + log_kernel(prior, size, log_determinant, form)


@compiled
def _cross_forms(components: Components, k: int, block: Integers, i: int, cross: Floats) -> None:
    """(x − m)ᵀ Ψ⁻¹ (xᵢ − m) of every point x of the block."""
    points, mean, factor, w = components.points, components.means[k], components.factors[k], components.work[0]
    d = len(mean)
    for j in range(d):
        w[j] = points[i, j] - mean[j]
    solve_transposed(factor, w)
    solve(factor, w)
    for place in range(len(block)):
        total = 0.0
        for j in range(d):
            total += (points[block[place], j] - mean[j]) * w[j]
        cross[place] = total


@compiled
def _move(components: Components, prior: Prior, block: Integers, choices: Integers) -> None:
    """Let the block's points go to the components that they drew; `count` stands for a new one."""
    assignments, sizes = components.assignments, components.sizes
    count = components.number[0]
    newcomers = 0
    for choice in choices:
        newcomers += choice == count
    opened = False
    for place in range(len(block)):
        i, target = block[place], choices[place]
        source = assignments[i]
        if target == source or (target == count and newcomers == 1 and sizes[source] == 1):
            continue  # a component of one point that is drawn anew is the same component
        if target == count and not opened:
            open_component(components, prior)
            opened = True
        change(components, prior, target, i, 1)
        change(components, prior, source, i, -1)
        assignments[i] = target
    for k in range(components.number[0] - 1, -1, -1):
        if sizes[k] == 0:
            close_component(components, k)
