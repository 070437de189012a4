"""What networks that are trained without a density bin are called."""


def without(bin_number: int, protocol: str) -> str:
    """Name of such a network behind that of its run; its draws are keyed by it, so it must stay as it is."""
    return f"without bin {bin_number} of {protocol} densities"
