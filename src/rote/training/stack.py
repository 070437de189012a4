"""Networks that are trained together as one network with one optimizer, which some of them may leave."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from rote.training.layout import training_layout
from rote.training.recipe import Recipe
from rote.training.run_folder import restore, training_state
from rote.training.side_by_side import join, part


class Stack:
    """Networks side by side, and what trains them.

    Parameters
    ----------
    networks : sequence of Module
        T networks of one architecture, on the device to train on.
    recipe : Recipe
    device : torch.device

    Raises
    ------
    ConfigError
        If a layer cannot be trained side by side.
    """

    def __init__(self, networks: Sequence[nn.Module], recipe: Recipe, device: torch.device) -> None:
        self.networks, self.recipe, self.device = list(networks), recipe, device
        self.layout = training_layout(networks[0], recipe.memory_format, device)
        self.model = join(networks).to(memory_format=self.layout)
        self.optimizer = recipe.optimizer.build(self.model.parameters())
        self.forward = torch.compile(self.model) if recipe.compile else self.model

    def __len__(self) -> int:
        return len(self.networks)

    def part(self) -> None:
        """Give every network its weights as they are now."""
        part(self.model, self.networks)

    def of(self, places: Sequence[int]) -> "Stack":
        """The networks at these places alone, each of which goes on where it is: its optimizer's state goes with it."""
        self.part()
        rest = Stack([self.networks[place] for place in places], self.recipe, self.device)
        rest.restore({name: self._shares(tensor, places) for name, tensor in self.state().items()})
        return rest

    def state(self) -> dict[str, Tensor]:
        """From which `restore` goes on."""
        return training_state(self.model, self.optimizer)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from the state of a stack of equally many networks."""
        restore(self.model, self.optimizer, state)

    def _shares(self, tensor: Tensor, places: Sequence[int]) -> Tensor:
        """What concerns some networks: they lie one after the other, but for numbers that all share."""
        if not tensor.dim():
            return tensor
        shares = tensor.chunk(len(self))
        return torch.cat([shares[place] for place in places])
