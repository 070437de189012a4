# What `from rote.stitching import ...` gives to users: loaded when first used.
from .recipe import StitchRecipe as StitchRecipe
from .stitched import Stitched as Stitched
from .stitched import stitch_networks as stitch_networks
