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
    return weights / torch.linalg.vector_norm(weights, dim=0)


def combine(products: Tensor, left: Tensor, right: Tensor, batches: Batches) -> tuple[Tensor, Tensor]:
    """CKA and its standard error from the CKA of every batch.

    Parameters
    ----------
    products : Tensor
        ⟨u_b(e), u_b(f)⟩, float64 (B, R, C).
    left, right : Tensor
        `scales` of the rows' and of the columns' representations, (B, R) and (B, C).
    batches : {"mean_of_cka", "ratio_of_means"}

    Returns
    -------
    cka, standard_error : Tensor
        Float64 (R, C) each. The standard error is the standard deviation over batches / √B for the mean, the
        jackknife's over batches for the ratio (Efron and Stein 1981); NaN for one batch.
    """
    n_batches = len(products)
    total = torch.zeros_like(products[0])
    for product, s, t in zip(products, left, right, strict=True):
        total.addcmul_(product, s[:, None] * t)
    if n_batches == 1:
        return total, torch.full_like(total, torch.nan)
    if batches == "mean_of_cka":
        return total, products.std(0) / n_batches**0.5
    without = [
        (total - product * s[:, None] * t) / ((1 - s.square()).sqrt()[:, None] * (1 - t.square()).sqrt())
        for product, s, t in zip(products, left, right, strict=True)
    ]
    return total, torch.stack(without).std(0, correction=0) * (n_batches - 1) ** 0.5
