"""CKA over several batches of examples.

With u_b(e) the unit vector of representation e on batch b and ‖K_b(e)‖ the norm of its centred Gram matrix,

- ``mean_of_cka`` is Σ_b ⟨u_b(e), u_b(f)⟩ / B;
- ``ratio_of_means`` is Σ_b HSIC_b(e, f) / √(Σ_b HSIC_b(e, e) Σ_b HSIC_b(f, f)), HSIC averaged before it is divided.

Both are Σ_b s_b(e) s_b(f) ⟨u_b(e), u_b(f)⟩ with scales s whose squares sum to one over the batches.
"""

from typing import Literal

import torch
from torch import Tensor

Batches = Literal["mean_of_cka", "ratio_of_means"]
BATCHES: tuple[Batches, ...] = ("mean_of_cka", "ratio_of_means")


def scales(norms: Tensor, batches: Batches) -> Tensor:
    """Scales s, float64 (B, E), for the norms of the Gram matrices, (B, E)."""
    weights = norms if batches == "ratio_of_means" else torch.ones_like(norms)
    size: Tensor = torch.linalg.vector_norm(weights, dim=0)
    return weights / size


def growth(scale: Tensor) -> Tensor:
    """Factors, (B, E), by which the scales of all other batches grow when one is left out, to sum to one squared."""
    return 1 / (1 - scale.square()).sqrt()


def combine(products: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """CKA and its standard error from the CKA of every batch.

    Parameters
    ----------
    products : Tensor
        ⟨u_b(e), u_b(f)⟩, float64 (B, R, C).
    left, right : Tensor
        `scales` of the rows' and of the columns' representations, (B, R) and (B, C).

    Returns
    -------
    cka, standard_error : Tensor
        Float64 (R, C) each. The standard error is the jackknife's over batches (Efron and Stein 1981), which for the
        mean of CKAs is their standard deviation / √B; NaN for one batch.
    """
    total = torch.zeros_like(products[0])
    for product, s, t in zip(products, left, right, strict=True):
        total.addcmul_(product, s[:, None] * t)
    n_batches = len(products)
    if n_batches == 1:
        return total, torch.full_like(total, torch.nan)
    first, second = torch.zeros_like(total), torch.zeros_like(total)  # moments of the change when a batch is left out
    for product, s, t, g, h in zip(products, left, right, growth(left), growth(right), strict=True):
        change = (total - product * s[:, None] * t) * g[:, None] * h - total
        first += change
        second.addcmul_(change, change)
    return total, ((second - first.square() / n_batches).clamp_min(0) * (n_batches - 1) / n_batches).sqrt()
