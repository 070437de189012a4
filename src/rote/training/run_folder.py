"""The folder of one run: its checkpoints, and the state from which a killed run goes on."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from rote.parts import Parts
from rote.tensors import Described, TensorForm
from rote.training.checkpoints import Checkpoint, load_weights, write_checkpoint
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

    def load_last(self, network: nn.Module) -> None:
        """Load the latest checkpoint into a network, in place."""
        load_weights(network, self.folder / self.checkpoints[-1].file)

    def leave_only(self, epochs: Collection[int]) -> None:
        """Leave out the checkpoints of other epochs; a file that the saved state needs lies there until the next."""
        self.checkpoints = [checkpoint for checkpoint in self.checkpoints if checkpoint.epoch in epochs]
        self._tidy()

    @property
    def is_due(self) -> bool:
        """Whether the last state was saved `interval` ago or earlier."""
        return time.monotonic() - self._saved >= self.interval

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, history: list[Measure], epoch: int) -> None:
        """Save the state after an epoch, unless the last was saved less than `interval` ago."""
        if self.is_due:
            described = {"epoch": epoch, "history": history, "checkpoints": self.checkpoints}
            self._states.write(STATE, Described(training_state(model, optimizer), described))
            self.vouch()

    def vouch(self) -> None:
        """Take note that a state was saved, which needs the checkpoints of now and no others."""
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
            if self.holds(checkpoints):
                restore(model, optimizer, tensors)
                history.extend(Measure(*row) for row in described["history"])
                self.go_on(checkpoints)
                following = described["epoch"] + 1
        if not following:
            self.discard()
        return following

    def go_on(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Go on with the checkpoints that a saved state names, and delete all others."""
        self.checkpoints = list(checkpoints)
        self._vouched = self._listed
        self._tidy()

    def finish(self, history: Sequence[Measure]) -> None:
        """Keep, in place of the state, that training is over, for a job that trains several runs."""
        described = {"finished": True, "history": history, "checkpoints": self.checkpoints}
        self._states.write(STATE, Described({}, described))

    def finished(self) -> list[Measure] | None:
        """History of the training if an earlier job finished it and its checkpoints, then this folder's, are there."""
        states = self._states
        described = states.read(STATE).description if states.is_finished(STATE) else {}
        checkpoints = [Checkpoint(*row) for row in described.get("checkpoints", ())]
        if not described.get("finished") or not self.holds(checkpoints):
            return None
        self.checkpoints = checkpoints
        return [Measure(*row) for row in described["history"]]

    def close(self) -> None:
        """Delete the state and what it alone needs: the run is complete."""
        self._delete(keep=self._listed)

    def discard(self) -> None:
        """Delete the run's checkpoints and state."""
        self.checkpoints.clear()
        self._vouched = frozenset()
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

    def holds(self, checkpoints: Iterable[Checkpoint]) -> bool:
        """Whether the files are as they were written; they are moved into place whole, so their sizes tell."""
        paths = [(self.folder / checkpoint.file, checkpoint.bytes) for checkpoint in checkpoints]
        return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def training_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Tensors of a network and its optimizer, by names that tell the two apart."""
    tensors: dict[str, Tensor] = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items() if value is not None}
    return tensors


def restore(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load what `training_state` gave, in place."""
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
