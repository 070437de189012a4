# What `from rote.subspaces import ...` gives to users: loaded when first used.
from .angles import principal_angles as principal_angles
from .bases import Subspaces as Subspaces
from .bases import class_subspaces as class_subspaces
from .classifier import MinimumAngleSubspaceClassifier as MinimumAngleSubspaceClassifier
from .moments import ClassMoments as ClassMoments
