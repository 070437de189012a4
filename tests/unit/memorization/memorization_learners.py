"""Learners whose memorization is known in closed form, and trials of them.

With every subset of a size for a trial, frequencies over trials are probabilities, so estimates must be exact.
"""

from itertools import combinations
from math import comb

import numpy as np


def all_subsets(n, size):
    """Membership (C(n, size), n) of every subset."""
    membership = np.zeros((comb(n, size), n), bool)
    for row, chosen in zip(membership, combinations(range(n), size), strict=True):
        row[list(chosen)] = True
    return membership


def lookup_table(membership):
    """Correct on what it has seen, wrong on all else."""
    return membership.copy()


def majority_class(membership, labels, of):
    """Correctness on examples labelled `of` of the answer that most of the subset's 0/1 labels give, 0 for a tie."""
    ones = (membership & (labels == 1)).sum(axis=1)
    answer = ones > membership.sum(axis=1) - ones
    return answer[:, None] == (of == 1)


def nearest_neighbour(membership, places, labels, queries, query_labels):
    """Correctness on queries of the label of the nearest example of the subset."""
    distance = np.abs(places - queries[:, None])
    nearest = np.array([np.where(held, distance, np.inf).argmin(axis=1) for held in membership])
    return labels[nearest] == query_labels


def random_trials(generator, n_trials, p_in, p_out, fraction=0.7):
    """Membership and correctness (n_trials, n) of examples with the given probabilities of a correct answer."""
    n = len(p_in)
    ranks = generator.random((n_trials, n)).argsort(axis=1)
    membership = ranks < int(fraction * n)
    return membership, generator.random((n_trials, n)) < np.where(membership, p_in, p_out)
