"""The course of one network's training: when it is evaluated, which epochs are kept, when it is over."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite

from torch import Tensor, nn

from rote.errors import TrainingError
from rote.training.evaluation import Measure, Targets, evaluate
from rote.training.recipe import Recipe
from rote.training.run_folder import RunFolder


@dataclass
class Course:
    """The course of one network's training, whether it is trained alone or with others.

    Attributes
    ----------
    recipe : Recipe
    training : Targets
        The examples that the network sees.
    test : Targets, optional
        Where left out, nothing is evaluated.
    name : str
        The network's, for messages.
    folder : RunFolder, optional
        Where checkpoints are kept.
    history : list of Measure
        So far.
    """

    recipe: Recipe
    training: Targets
    test: Targets | None
    name: str
    folder: RunFolder | None = None
    history: list[Measure] = field(default_factory=list)

    def __post_init__(self) -> None:
        last = self.recipe.last_epoch
        self._evaluated = set() if self.test is None else set(self.recipe.evaluation.epochs(last))
        self._kept = set(self.recipe.checkpoints.epochs(last))

    def is_evaluated(self, epoch: int) -> bool:
        """Whether the network is evaluated after this epoch."""
        return epoch in self._evaluated

    def measure(self, epoch: int, on_train: Tensor, on_test: Tensor) -> None:
        """Add an epoch to the history.

        Parameters
        ----------
        epoch : int
        on_train, on_test : Tensor
            Logits of the examples, shapes (n, n_classes) and (n_test, n_classes).

        Raises
        ------
        TrainingError
            If a loss is not finite.
        """
        assert self.test is not None
        latest = list(evaluate(on_train, self.training, on_test, self.test, epoch))
        self.history += latest
        check_finite(sum(measure.loss for measure in latest), self.name, epoch)

    def is_over(self, epoch: int) -> bool:
        """Whether training ends with this epoch, the last or one that reaches the train accuracy asked for."""
        reached = self.is_evaluated(epoch) and self.recipe.stop.reached(self._errors("train")[epoch])
        return epoch == self.recipe.last_epoch or reached

    def is_kept(self, epoch: int) -> bool:
        """Whether the weights of this epoch, the latest, are kept, if there is a folder for them."""
        return self.folder is not None and (epoch in self._kept or self.is_over(epoch) or self._is_best(epoch))

    def keep(self, network: nn.Module, epoch: int) -> None:
        """Keep the network's weights if this epoch, the latest, is one of those that are kept."""
        if self.folder is not None and self.is_kept(epoch):
            self.folder.keep(network, epoch)
            if self._is_best(epoch):
                self.folder.leave_only(self._kept | {epoch})

    def summary(self) -> str:
        """The latest evaluation in a line."""
        latest = {measure.subset: measure for measure in self.history}
        train, test = latest["train"], latest["test"]
        return f"epoch {train.epoch}, loss {train.loss:.3g}, error {train.error:.2%} (test {test.error:.2%})"

    def _is_best(self, epoch: int) -> bool:
        if not self.recipe.keep_best or not self.is_evaluated(epoch):
            return False
        errors = self._errors("test")
        return all(errors[epoch] < error for earlier, error in errors.items() if earlier < epoch)

    def _errors(self, subset: str) -> dict[int, float]:
        return {measure.epoch: measure.error for measure in self.history if measure.subset == subset}


def check_finite(loss: float, name: str, epoch: int) -> None:
    """Refuse, by a TrainingError, a loss of a network that is not finite."""
    if not isfinite(loss):
        raise TrainingError(
            f"run {name}: the loss is {loss} in epoch {epoch}. Lower the learning rate of its recipe, or give it a "
            "schedule with warmup."
        )


@contextmanager
def discarded_on_failure(folders: Sequence[RunFolder]) -> Iterator[None]:
    """Delete checkpoints and states after a TrainingError: nothing is left from which a training would go on."""
    try:
        yield
    except TrainingError:
        for folder in folders:
            folder.discard()
        raise
