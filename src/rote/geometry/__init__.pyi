# What `from rote.geometry import ...` gives to users: loaded when first used.
from .capacity import ManifoldCapacity as ManifoldCapacity
from .capacity import ManifoldTable as ManifoldTable
from .centers import SharedDirections as SharedDirections
from .closed_forms import ball_capacity as ball_capacity
from .closed_forms import capacity_without_centers as capacity_without_centers
from .closed_forms import capacity_without_structure as capacity_without_structure
from .closed_forms import point_capacity as point_capacity
from .empirical import EmpiricalCapacity as EmpiricalCapacity
from .empirical import empirical_capacity as empirical_capacity
from .gram import GramBlocks as GramBlocks
from .gram import gram_blocks as gram_blocks
from .structure_free import shuffled_labels as shuffled_labels
