"""The folder of one run: its checkpoints, and the state from which a killed run goes on."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from rote.parts import Parts
from rote.tensors import Described, TensorForm
from rote.training.checkpoints import Checkpoint, write_checkpoint
from rote.training.evaluation import Measure

STATE = "state"


@dataclass
class RunFolder:
    """The folder of one run.

    Attributes
    ----------
    folder : Path
        Holds this run's files and no other's.
    digest : str
        Of everything that the run depends on. A state of another digest is discarded.
    interval : float
        Least time between two saved states, in seconds.
    """

    folder: Path
    digest: str
    interval: float = 60.0
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._saved = time.monotonic()
        self._vouched: frozenset[str] = frozenset()  # files that the saved state needs

    @property
    def _states(self) -> Parts[Described]:
        """One part, the state, which every later one takes the place of."""
        return Parts(self.folder, self.digest, TensorForm())

    def keep(self, model: nn.Module, epoch: int) -> None:
        """Write a checkpoint."""
        self.checkpoints.append(write_checkpoint(model, self.folder, epoch))

    def leave_only(self, epochs: Collection[int]) -> None:
        """Leave out the checkpoints of other epochs; a file that the saved state needs lies there until the next."""
        self.checkpoints = [checkpoint for checkpoint in self.checkpoints if checkpoint.epoch in epochs]
        self._tidy()

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, history: list[Measure], epoch: int) -> None:
        """Save the state after an epoch, unless the last was saved less than `interval` ago."""
        if time.monotonic() - self._saved < self.interval:
            return
        described = {"epoch": epoch, "history": history, "checkpoints": self.checkpoints}
        tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
        for index, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items() if value is not None}
        self._states.write(STATE, Described(tensors, described))
        self._saved = time.monotonic()
        self._vouched = self._listed
        self._tidy()

    def resume(self, model: nn.Module, optimizer: torch.optim.Optimizer, history: list[Measure]) -> int:
        """Load the saved state, if there is one of this run, and delete what it does not vouch for.

        Parameters
        ----------
        model, optimizer, history
            Filled in place.

        Returns
        -------
        int
            The epoch to go on with: 0 if there was nothing to resume.
        """
        following = 0
        states = self._states
        if states.is_finished(STATE):
            tensors, described = states.read(STATE)
            checkpoints = [Checkpoint(*row) for row in described["checkpoints"]]
            if all(map(self._is_whole, checkpoints)):
                _restore(model, optimizer, tensors)
                history.extend(Measure(*row) for row in described["history"])
                self.checkpoints.extend(checkpoints)
                following = described["epoch"] + 1
        self._vouched = self._listed
        self._delete(keep=self._listed | ({states.path(STATE).name} if following else set()))
        return following

    def finish(self) -> None:
        """Keep, in place of the state, that training is over, for a job that trains several runs."""
        self._states.write(STATE, Described({}, {"finished": True, "checkpoints": self.checkpoints}))

    def is_finished(self) -> bool:
        """Whether an earlier job finished the training and its checkpoints are there, which are then this folder's."""
        states = self._states
        described = states.read(STATE).description if states.is_finished(STATE) else {}
        checkpoints = [Checkpoint(*row) for row in described.get("checkpoints", ())]
        if not described.get("finished") or not all(map(self._is_whole, checkpoints)):
            return False
        self.checkpoints = checkpoints
        return True

    def close(self) -> None:
        """Delete the state and what it alone needs: the run is complete."""
        self._delete(keep=self._listed)

    def discard(self) -> None:
        """Delete the run's checkpoints and state."""
        self.checkpoints.clear()
        self._delete(keep=set())

    @property
    def _listed(self) -> frozenset[str]:
        return frozenset(checkpoint.file for checkpoint in self.checkpoints)

    def _tidy(self) -> None:
        self._delete(keep=self._listed | self._vouched | {self._states.path(STATE).name})

    def _delete(self, keep: Collection[str]) -> None:
        for pattern in ("state.safetensors", "epoch_*.safetensors", ".epoch_*.part", ".state.*.part"):
            for path in self.folder.glob(pattern):
                if path.name not in keep:
                    path.unlink()

    def _is_whole(self, checkpoint: Checkpoint) -> bool:
        """Whether the file is as it was written; files are moved into place whole, so its size tells."""
        path = self.folder / checkpoint.file
        return path.is_file() and path.stat().st_size == checkpoint.bytes


def _restore(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    model.load_state_dict(
        {name.removeprefix("model."): tensor for name, tensor in tensors.items() if name.startswith("model.")}
    )
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            parameter = parameters[int(index)]
            if key != "step":  # in memory, an optimizer's tensors lie as their parameter does
                tensor = torch.empty_like(parameter).copy_(tensor)
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
