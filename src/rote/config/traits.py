"""What an architecture's options make of its network: known before anything is built."""

from rote.config.architecture import Architecture


def normalises_batches(architecture: Architecture) -> bool:
    """Whether the network has batch normalisation, which takes two examples a batch or more."""
    return architecture.normalises_batches and getattr(architecture, "batch_norm", True)


def trains_side_by_side(architecture: Architecture) -> bool:
    """Whether several such networks can be trained together; each would need its own draws of dropout."""
    return architecture.trains_side_by_side and not getattr(architecture, "dropout", 0)
