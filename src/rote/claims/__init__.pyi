# What `from rote.claims import ...` gives to users: loaded when first used.
from .intervals import Interval as Interval
from .intervals import bootstrapped as bootstrapped
from .intervals import over_seeds as over_seeds
from .verdicts import Claim as Claim
from .verdicts import Finding as Finding
from .verdicts import judge as judge
