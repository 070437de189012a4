# What `from rote.robustness import ...` gives to users: loaded when first used.
from .bounds import certified_radius as certified_radius
from .bounds import smallest_certifiable_count as smallest_certifiable_count
from .summary import certified_accuracy as certified_accuracy
