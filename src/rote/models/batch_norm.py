"""Running statistics of batch norms, estimated anew for the weights as they are.

Training leaves averages over its latest batches, taken while the weights moved; an untrained network has none. Izmailov
et al., "Averaging weights leads to wider optima and better generalization" (2018), section 3.2, pass over the training
set once more for weights that training did not leave: so does this.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

STATISTICS = {"running_mean": 0, "running_var": 1, "num_batches_tracked": 0}  # buffers, and what they begin with


def batch_norms(network: nn.Module) -> dict[str, _BatchNorm]:
    """The batch norms of a network by their paths, in order of registration."""
    return {path: module for path, module in network.named_modules() if isinstance(module, _BatchNorm)}


@contextmanager
def estimating(norms: Iterable[_BatchNorm]) -> Iterator[None]:
    """Let batch norms average the statistics of the batches that they see, all batches alike.

    Parameters
    ----------
    norms : iterable of BatchNorm
        Whatever their mode, it is that of training within the block and as before after it. The average goes on from
        the state of their buffers: ``num_batches_tracked`` of 0 begins it.
    """
    before = [(norm, norm.training, norm.momentum) for norm in norms]
    try:
        for norm, _, _ in before:
            norm.train()
            norm.momentum = None
        yield
    finally:
        for norm, training, momentum in before:
            norm.train(training)
            norm.momentum = momentum


@torch.no_grad()
def recalibrate(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Estimate the running statistics of all batch norms anew, in place.

    Parameters
    ----------
    network : Module
        In evaluation mode: dropout draws nothing. A network without batch norms stays as it is, and no batch is asked
        for.
    batches : iterable of Tensor
        Inputs of the network, of two examples or more each; every batch counts the same.
    """
    norms = list(batch_norms(network).values())
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
    with estimating(norms):
        for batch in batches:
            network(batch)
