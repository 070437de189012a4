"""Tables of class subspaces: accuracies, predictions, sizes and angles; parts of the test set; relabelling."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from rote.tables import Column, Schema
from rote.tables.data import EXAMPLE, TRUE_LABEL
from rote.tables.representations import EPOCH, TAP

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NO_LAYERS = ("input", "fully_connected")  # taps of the images and of the logits
NAME = pa.dictionary(pa.int32(), pa.string())

LABELLING = Column(
    "labelling",
    NAME,
    "labels that the classifier is made of: corrupted (those of the training), true, or reversed (corrupted ones that "
    "a network trained on true labels never saw); none for the network itself",
)
METHOD = Column(
    "method",
    NAME,
    "subspaces (minimum angle), class_means (by cosine), discriminant (linear, shrunk covariance), or network (its own "
    "output)",
)
COMPONENTS = Column("components", NAME, "of class subspaces: share s (of the variance) or number r; none for others")
FITTED_ON = Column(
    "fitted_on", NAME, "training examples that it is made of: all, or other_folds than the example's; none for networks"
)
CLASSIFIER = (EPOCH, TAP, LABELLING, METHOD, COMPONENTS, FITTED_ON)
SUBSPACE = (EPOCH, TAP, LABELLING, COMPONENTS)

TEST_PARTS = Schema(
    "test_parts",
    (
        EXAMPLE,
        TRUE_LABEL,
        Column("part", NAME, "selection (layers and epochs are chosen on it) or scoring"),
    ),
)

MASC_ACCURACY = Schema(
    "masc_accuracy",
    (
        *CLASSIFIER,
        Column(
            "group",
            NAME,
            "train, changed or unchanged (training examples whose label differs from the true one, or not), test, "
            "selection or scoring (its parts)",
        ),
        Column("against", NAME, "labels that count as right: given (those of the training), true, or reversed"),
        Column("examples", pa.int32(), "number of examples; a group without any has no row"),
        Column("correct", pa.int32(), "number of them predicted so"),
        Column("accuracy", pa.float64(), "fraction of them predicted so"),
        Column("standard_error", pa.float64(), "binomial standard error of the accuracy, √(a(1−a)/n)"),
        Column("tied", pa.int32(), "examples with several classes at the smallest angle; the first was predicted"),
    ),
)

MASC_PREDICTIONS = Schema(
    "masc_predictions",
    (
        *CLASSIFIER,
        Column("split", NAME, "train (the examples that the run saw, ascending) or test"),
        Column("predicted", pa.list_(pa.int16()), "predicted class of each example"),
    ),
)

MASC_EXAMPLES = Schema(
    "masc_examples",
    (
        Column("split", NAME, "train (the examples that the run saw, ascending) or test: the order of predictions"),
        EXAMPLE,
        Column("given_label", pa.int16(), "class that training used; of test images the published one"),
        TRUE_LABEL,
        Column("reversed_label", pa.int16(), "class by labels that the run never saw; null for none", "", True),
        Column("part", NAME, "selection or scoring, of test images; train for the others"),
    ),
)

SUBSPACE_SIZES = Schema(
    "subspace_sizes",
    (
        *SUBSPACE,
        Column("class", pa.int16(), "class of the subspace"),
        Column("dimensions", pa.int32(), "components of its subspace"),
        Column("spanned", pa.int32(), "dimensions that its examples span"),
        Column("examples", pa.int32(), "number of its examples"),
        Column("features", pa.int32(), "number of features"),
    ),
)

CLASS_ANGLES = Schema(
    "class_angles",
    (
        *SUBSPACE,
        Column("class", pa.int16(), "class of one subspace"),
        Column("other_class", pa.int16(), "class of a larger number"),
        Column("smallest", pa.float64(), "smallest principal angle between their subspaces", "rad"),
        Column("largest", pa.float64(), "largest of them", "rad"),
        Column("overlap", pa.float64(), "mean squared cosine of them: 1 where one subspace lies in the other"),
    ),
)

RELABELLING = Schema(
    "relabelling",
    (
        LABELLING,
        TAP,
        COMPONENTS,
        FITTED_ON,
        Column("used", pa.bool_(), "whether these labels are those that the network is retrained on"),
        Column("examples", pa.int32(), "training examples that the run saw"),
        Column("wrong_before", pa.int32(), "those whose label is not the true one, before relabelling"),
        Column("corrected", pa.int32(), "wrong before and right after"),
        Column("broken", pa.int32(), "right before and wrong after"),
        Column("wrong_after", pa.int32(), "wrong after, which is wrong_before − corrected + broken"),
    ),
)

RETRAINING = Schema(
    "retraining",
    (
        Column("epoch", pa.int32(), "epochs trained further; 0 is the memorized network", "epoch"),
        Column("selection_accuracy", pa.float64(), "accuracy on the selection part of the test set"),
        Column("scoring_accuracy", pa.float64(), "accuracy on its scoring part"),
        Column("scoring_correct", pa.list_(pa.bool_()), "whether each image of the scoring part is classified rightly"),
        Column("stopped", pa.bool_(), "best epoch on the selection part up to where patience ends; true once"),
        Column("short", pa.bool_(), "epoch that is told without stopping; true once"),
    ),
)


def settled_epoch(accuracies: "NDArray[np.float64]", patience: int) -> int:
    """Best epoch of a training that stops once accuracy has not risen above its best for `patience` epochs.

    Parameters
    ----------
    accuracies : ndarray, shape (epochs + 1,)
        From epoch 0, before training, which counts as the first best.
    patience : int

    Returns
    -------
    int
        The earliest epoch of the highest accuracy up to the stop.
    """
    best = 0
    for epoch, accuracy in enumerate(accuracies.tolist()):
        if accuracy > accuracies[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def best_layer(accuracy: "pd.DataFrame") -> str:
    """The layer of the highest accuracy on the selection part of the test set; of several, the first.

    Parameters
    ----------
    accuracy : DataFrame
        MASC_ACCURACY of one network, labelling, method and size, in order of depth. Input and logits are no layers.

    Returns
    -------
    str
    """
    rows = accuracy[(accuracy["group"] == "selection") & ~accuracy["tap"].isin(NO_LAYERS)]
    return str(rows["tap"].iloc[int(rows["accuracy"].to_numpy().argmax())])
