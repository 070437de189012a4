# What `from rote.memorization import ...` gives to users: loaded when first used.
from .convergence import trials_needed as trials_needed
from .convergence import trials_needed_at_most as trials_needed_at_most
from .influence import influence_scores as influence_scores
from .pairs import Pairs as Pairs
from .pairs import pairs_above as pairs_above
from .pairs import pairs_at_rate as pairs_at_rate
from .scores import Scores as Scores
from .scores import ScoreSums as ScoreSums
from .scores import memorization_scores as memorization_scores
from .subsets import draw_subsets as draw_subsets
