"""The folders of networks that are trained together, and the one state from which a killed stack goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from rote.parts import Parts, digest
from rote.tensors import Described, TensorForm
from rote.training.checkpoints import Checkpoint
from rote.training.evaluation import Measure
from rote.training.run_folder import STATE, RunFolder


class Saved(NamedTuple):
    """What a saved state says beside the checkpoints."""

    epoch: int
    training: list[int]
    """Places of the networks whose training was not over, ascending"""
    histories: list[list[Measure]]
    """Of all networks"""
    tensors: Mapping[str, Tensor]
    """Of the stack of those whose training was not over"""


@dataclass(frozen=True)
class StackFolder:
    """The folders of networks that are trained together.

    Attributes
    ----------
    folders : sequence of RunFolder
        One for each network. The state of the stack lies in the first, so that it is absent or whole.
    """

    folders: Sequence[RunFolder]

    @property
    def _states(self) -> Parts[Described]:
        of_all = digest({"stack": [folder.digest for folder in self.folders]})
        return Parts(self.folders[0].folder, of_all, TensorForm())

    @property
    def is_due(self) -> bool:
        """Whether a state is to be saved."""
        return self.folders[0].is_due

    def save(self, state: Saved) -> None:
        """Save the state after an epoch."""
        described = {
            "epoch": state.epoch,
            "training": state.training,
            "histories": state.histories,
            "checkpoints": [folder.checkpoints for folder in self.folders],
        }
        self._states.write(STATE, Described(state.tensors, described))
        for folder in self.folders:
            folder.vouch()

    def resume(self) -> Saved | None:
        """Give the saved state, if there is one of this stack, and delete whatever it does not vouch for."""
        states = self._states
        if states.is_finished(STATE):
            tensors, described = states.read(STATE)
            checkpoints = [[Checkpoint(*row) for row in rows] for rows in described["checkpoints"]]
            if all(folder.holds(own) for folder, own in zip(self.folders, checkpoints, strict=True)):
                for folder, own in zip(self.folders, checkpoints, strict=True):
                    folder.go_on(own)
                histories = [[Measure(*row) for row in rows] for rows in described["histories"]]
                return Saved(described["epoch"], described["training"], histories, tensors)
        for folder in self.folders:
            folder.discard()
        return None
