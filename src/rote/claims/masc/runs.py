"""What was predicted of one run's images, by every classifier at every layer; and the choices that claims rest on.

Layers, epochs and baselines are chosen on the selection part of the test set, and scored on its scoring part.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rote.tables.masc import NO_LAYERS

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]


class By(NamedTuple):
    """A classifier: as the keys of MASC_PREDICTIONS, but for what its examples are."""

    epoch: int
    tap: str
    labelling: str
    method: str
    components: str


class Run:
    """Predictions of one run.

    Parameters
    ----------
    predictions : DataFrame
        MASC_PREDICTIONS of the run.
    examples : DataFrame
        Its MASC_EXAMPLES.

    Attributes
    ----------
    first, last : int
        Epochs of the untrained and the last network.
    layers : tuple of str
        Taps in order of depth, but for input and logits.
    size : str
        The first size of subspaces, which claims are judged with.
    n_classes : int
    corrupted : bool
        Whether a label of the training is not the true one.
    """

    def __init__(self, predictions: pd.DataFrame, examples: pd.DataFrame) -> None:
        keys = [*By._fields, "fitted_on", "split"]
        names = predictions[keys[1:]].astype(str)
        self._predicted = {
            (By(int(epoch), *row[:-2]), row[-2], row[-1]): np.asarray(predicted)
            for epoch, row, predicted in zip(
                predictions["epoch"], names.itertuples(index=False, name=None), predictions["predicted"], strict=True
            )
        }
        self._examples = dict(iter(examples.astype({"split": str}).groupby("split")))
        subspaces = predictions[predictions["method"] == "subspaces"]
        self.first, self.last = int(subspaces["epoch"].min()), int(subspaces["epoch"].max())
        self.size = str(subspaces["components"].iloc[0])
        self.layers = tuple(tap for tap in dict.fromkeys(map(str, subspaces["tap"])) if tap not in NO_LAYERS)
        self.labellings = tuple(dict.fromkeys(map(str, subspaces["labelling"])))
        self.n_classes = int(examples["true_label"].max()) + 1
        self.corrupted = bool(self.changed("given").any())
        self._scoring = np.asarray(self._examples["test"]["part"] == "scoring")

    def subspaces(self, tap: str, labelling: str = "corrupted", *, untrained: bool = False) -> By:
        """The minimum angle classifier at a tap of the last or the untrained network."""
        return By(self.first if untrained else self.last, tap, labelling, "subspaces", self.size)

    def network(self, epoch: int | None = None) -> By:
        """The network itself, at its last epoch by default."""
        return By(self.last if epoch is None else epoch, "fully_connected", "none", "network", "none")

    def right(self, by: By, split: str, against: str = "true", fitted_on: str | None = None) -> Bits:
        """Whether each image of a split is predicted as some labels say.

        Parameters
        ----------
        by : By
        split : {"train", "test"}
        against : {"given", "true", "reversed"}
        fitted_on : {"all", "other_folds"}, optional
            By default all; of the network none.

        Returns
        -------
        ndarray, shape (n,), bool
        """
        where = "none" if by.method == "network" else fitted_on or "all"
        labels = self._examples[split][f"{against}_label"].to_numpy()
        found: Bits = self._predicted[by, where, split] == labels
        return found

    def selected(self, by: By) -> float:
        """Accuracy on the selection part."""
        return float(self.right(by, "test")[~self._scoring].mean())

    def scored(self, by: By) -> Floats:
        """1 for each image of the scoring part that is predicted rightly, 0 for the others."""
        found: Floats = self.right(by, "test")[self._scoring].astype(np.float64)
        return found

    def best(self, classifiers: Iterable[By]) -> By:
        """The most accurate on the selection part; of several the first."""
        return max(classifiers, key=self.selected)

    def best_layer(self, labelling: str = "corrupted", *, untrained: bool = False) -> By:
        """Subspaces of the layer that is best on the selection part."""
        return self.best(self.subspaces(tap, labelling, untrained=untrained) for tap in self.layers)

    def on_input(self, labelling: str = "corrupted") -> list[By]:
        """Every classifier of the images themselves, by one labelling."""
        known = dict.fromkeys(by for by, _, _ in self._predicted)
        return [by for by in known if (by.epoch, by.tap, by.labelling) == (self.last, "input", labelling)]

    def early_stopped(self) -> By:
        """The network at the kept epoch that is best on the selection part."""
        return self.best(dict.fromkeys(by for by, _, _ in self._predicted if by.method == "network"))

    def changed(self, against: str = "given") -> Bits:
        """Training images whose label is not the true one, shape (n,)."""
        rows = self._examples["train"]
        found: Bits = rows[f"{against}_label"].to_numpy() != rows["true_label"].to_numpy()
        return found

    def on_changed(self, by: By, against: str, fitted_on: str, labels: str = "given") -> Floats:
        """1 for each training image with a wrong label that is predicted so, 0 for the others with one, NaN elsewhere.

        In the order of the data set.
        """
        right = self.right(by, "train", against, fitted_on).astype(np.float64)
        return self._in_place(np.where(self.changed(labels), right, np.nan))

    def on_train(self, by: By, against: str, fitted_on: str) -> Floats:
        """1 for each training image that is predicted so, 0 for the others, in the order of the data set."""
        return self._in_place(self.right(by, "train", against, fitted_on).astype(np.float64))

    def wrong_given(self) -> Floats:
        """1 for each training image whose label is wrong, in the order of the data set."""
        return self._in_place(self.changed().astype(np.float64))

    def _in_place(self, values: Floats) -> Floats:
        places = self._examples["train"]["example"].to_numpy()
        found = np.full(places.max() + 1, np.nan)
        found[places] = values
        return found


def runs(predictions: pd.DataFrame, examples: pd.DataFrame) -> dict[str, Run]:
    """Runs of an experiment by name, of MASC_PREDICTIONS and MASC_EXAMPLES with ``run``."""
    of_run: Mapping[Any, pd.DataFrame] = dict(iter(examples.groupby("run")))
    return {str(name): Run(rows, of_run[name]) for name, rows in predictions.groupby("run")}
