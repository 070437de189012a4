# What `from rote.density import ...` gives to users: loaded when first used.
from .diagnostics import Diagnosis as Diagnosis
from .diagnostics import diagnose as diagnose
from .divergence import Estimate as Estimate
from .divergence import EstimateMatrix as EstimateMatrix
from .divergence import Tolerance as Tolerance
from .divergence import complexity as complexity
from .divergence import relative_entropy as relative_entropy
from .divergence import relative_entropy_matrix as relative_entropy_matrix
from .gap import GapTest as GapTest
from .gap import Split as Split
from .gap import gap_test as gap_test
from .gap import largest_gap as largest_gap
from .generative import classify as classify
from .mixture import DirichletProcessGaussianMixture as DirichletProcessGaussianMixture
from .predictive import PosteriorPredictive as PosteriorPredictive
from .prior import NormalInverseWishart as NormalInverseWishart
