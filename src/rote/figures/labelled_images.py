"""Training images with the label that training used and the one they are analysed by (paper 2, Fig. 1A)."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rote.figures.style import house_style


def labelled_examples(
    labels: pd.DataFrame, classes: Sequence[str], n: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Draw a few examples of each group: permuted and restored ones are the same, analysed by another label.

    Parameters
    ----------
    labels : DataFrame
        LABELS of a training set.
    classes : sequence of str
        Names of the classes.
    n : int
        Examples of each group, if there are so many.
    generator : numpy.random.Generator

    Returns
    -------
    DataFrame
        ``group`` (unpermuted, permuted, restored; one without examples is left out), ``example``, and as names of
        classes ``train_label`` and ``analysis_label``.
    """
    by = {"unpermuted": (False, "train_label"), "permuted": (True, "train_label"), "restored": (True, "true_label")}
    drawn = {
        permuted: of_kind.iloc[np.sort(generator.permutation(len(of_kind))[:n])]
        for permuted, of_kind in ((kind, labels[labels["permuted"] == kind]) for kind in (False, True))
    }
    names = np.array(classes, dtype=object)
    rows = [
        pd.DataFrame(
            {
                "group": group,
                "example": drawn[permuted]["example"].to_numpy(),
                "train_label": names[drawn[permuted]["train_label"]],
                "analysis_label": names[drawn[permuted][label]],
            }
        )
        for group, (permuted, label) in by.items()
    ]
    return pd.concat(rows, ignore_index=True)


@house_style
def plot_labelled_images(examples: pd.DataFrame, images: Mapping[int, NDArray[np.uint8]], *, title: str) -> Figure:
    """A row for each group of training images, over each the label that training used and the one of the analysis.

    Parameters
    ----------
    examples : DataFrame
        ``group``, ``example``, ``train_label`` and ``analysis_label``, both labels text; as many of each group.
    images : mapping of int to ndarray
        Image of each example, uint8 (H, W, C).
    title : str
    """
    groups = list(dict.fromkeys(examples["group"]))
    width = max(int((examples["group"] == group).sum()) for group in groups)
    figure, grid = plt.subplots(
        len(groups), width, figsize=(1.5 * width + 0.6, 1.75 * len(groups) + 0.5), squeeze=False
    )
    for axes in grid.flat:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    for panels, group in zip(grid, groups, strict=True):
        panels[0].set_ylabel(group)
        for axes, row in zip(panels, examples[examples["group"] == group].itertuples(), strict=False):
            picture = images[row.example]
            axes.imshow(
                picture.squeeze(axis=-1) if picture.shape[-1] == 1 else picture, cmap="gray_r", interpolation="nearest"
            )
            axes.set_title(f"trained: {row.train_label}\nanalysed: {row.analysis_label}", fontsize=6, pad=2)
    figure.suptitle(title)
    return figure
