# What `from rote.embedding import ...` gives to users: loaded when first used.
from .neighbours import Agreement as Agreement
from .neighbours import distances as distances
from .neighbours import label_agreement as label_agreement
from .plane import embed as embed
