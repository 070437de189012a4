# What `from rote.training import ...` gives to users: loaded when first used.
from .blueprint import Blueprint as Blueprint
from .networks import TrainedNetwork as TrainedNetwork
from .networks import open_network as open_network
