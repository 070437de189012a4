# What `from rote.gradients import ...` gives to users: loaded when first used.
from .parts import LabelParts as LabelParts
from .parts import label_parts as label_parts
