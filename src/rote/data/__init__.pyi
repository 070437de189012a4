# What `from rote.data import ...` gives to users: loaded when first used.
from .images import ImageSet as ImageSet
from .images import load_images as load_images
from .labels import Labels as Labels
from .labels import corrupt_labels as corrupt_labels
from .labels import load_labels as load_labels
