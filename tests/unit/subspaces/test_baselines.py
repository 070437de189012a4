import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics.pairwise import cosine_similarity

from rote.subspaces.baselines import LinearDiscriminant, cosines_to_means
from rote.subspaces.moments import ClassMoments


def clouds(d, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.choice(4, size=150, p=[0.1, 0.2, 0.3, 0.4])
    return generator.normal(size=(4, d))[labels] + generator.normal(size=(150, d)), labels


@pytest.mark.parametrize("d", [5, 60], ids=["second moments", "points"])
@pytest.mark.parametrize("shrinkage", [0.01, 0.5])
def test_discriminant_analysis_is_scikit_learn_s(d, shrinkage):
    points, labels = clouds(d)
    ours = LinearDiscriminant(ClassMoments(4, d).add(points, labels), shrinkage)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(points, labels)
    np.testing.assert_allclose(ours.scores(points), theirs.decision_function(points), rtol=1e-8, atol=1e-8)


def test_cosines_to_class_means_are_scikit_learn_s():
    points, labels = clouds(7)
    means = np.stack([points[labels == label].mean(axis=0) for label in range(4)])
    found = cosines_to_means(ClassMoments(4, 7).add(points, labels), points)
    np.testing.assert_allclose(found, cosine_similarity(points, means), atol=1e-12)


def test_a_class_without_examples_is_given_to_none():
    points, labels = clouds(6)
    labels[labels == 2] = 3
    moments = ClassMoments(4, 6).add(points, labels)
    assert not (LinearDiscriminant(moments, 0.1).scores(points).argmax(axis=1) == 2).any()
    assert not cosines_to_means(moments, points)[:, 2].any()
