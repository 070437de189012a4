# What `from rote.similarity import ...` gives to users: loaded when first used.
from .cka import linear_cka as linear_cka
from .pairwise import pairwise_cka as pairwise_cka
