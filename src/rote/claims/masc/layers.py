"""Claims on what class subspaces of a memorized network's layers say of test images: M1, M2, M5, M9."""

from collections.abc import Iterator, Sequence

from rote.claims.masc.paired import Floats, compared
from rote.claims.masc.runs import Run
from rote.claims.measured import Measured
from rote.claims.verdicts import Claim

PAPER = "masc"
BEATS = Claim(
    "M1",
    PAPER,
    "Subspaces of some layer of a network with memorized labels classify test images better than the network.",
    "test accuracy by the best layer's subspaces − of the network, layer and score on different images",
    "Fig. 2, Table 1",
    lower=0,
    control="none here: rows M1c and M1e are its controls",
)
BEATS_CONTROLS = Claim(
    "M1c",
    PAPER,
    "What the layer holds is the network's: neither the images themselves nor an untrained network give as much.",
    "test accuracy by the best layer's subspaces − by the best of the same in the untrained network and of all "
    "classifiers of the images (subspaces, one component, class means, discriminant analysis)",
    "a control of ours",
    lower=0,
    control="none: it is a control",
)
BEATS_EARLY_STOPPING = Claim(
    "M1e",
    PAPER,
    "Subspaces of the memorized network say more than the network did when it should have been stopped.",
    "test accuracy by the best layer's subspaces − of the network at its best kept epoch, chosen on other images",
    "supplement: early stopping",
    lower=0,
    control="none: it is a control",
)
TRUE_LABELS = Claim(
    "M2",
    PAPER,
    "Subspaces of the true labels classify test images better still.",
    "test accuracy by the best layer's subspaces of true labels − of corrupted ones",
    "Fig. 3, Table T5",
    lower=0,
    control="the same in the untrained network",
)
TRUE_LABELS_INPUT = Claim(
    "M2.input",
    PAPER,
    "The layer, and not the true labels alone, is what makes them good.",
    "test accuracy by the best layer's subspaces of true labels − by the best classifier of the images with the same "
    "labels",
    "a control of ours",
    lower=0,
    control="none: it is a control",
)
ABOVE_INPUT = Claim(
    "M5",
    PAPER,
    "Subspaces of later layers classify test images better than those of the images themselves.",
    "test accuracy by the best layer's subspaces − by those of the input",
    "Fig. 2",
    lower=0,
    control="the best layer of the untrained network in place of the trained one's",
)
ABOVE_INPUT_TRAIN = Claim(
    "M5.train",
    PAPER,
    "So they do on training images, by their true labels.",
    "cross-fitted accuracy on the true labels of training images by the best layer's subspaces − by those of the input",
    "Fig. 2",
    lower=0,
    control="the best layer of the untrained network in place of the trained one's",
)
COMPARABLE = Claim(
    "M9",
    PAPER,
    "With uncorrupted labels subspaces classify about as well as the network.",
    "test accuracy by the best layer's subspaces − of the network",
    "Fig. 2",
    lower=-0.01,
    control="the best layer of the untrained network in place of the trained one's",
)


def on_layers(runs: Sequence[Run]) -> Iterator[Measured]:
    """Claims M1, M2 and M5 on corrupted labels, M5 and M9 on uncorrupted ones.

    Parameters
    ----------
    runs : sequence of Run

    Yields
    ------
    Measured
    """

    def best(run: Run, labelling: str = "corrupted", *, untrained: bool = False) -> Floats:
        return run.scored(run.best_layer(labelling, untrained=untrained))

    if runs[0].corrupted:
        yield compared(BEATS, runs, lambda run: best(run) - run.scored(run.network()))
        yield compared(BEATS_CONTROLS, runs, lambda run: best(run) - _best_control(run))
        yield compared(BEATS_EARLY_STOPPING, runs, lambda run: best(run) - run.scored(run.early_stopped()))
        if "true" in runs[0].labellings:
            yield compared(
                TRUE_LABELS,
                runs,
                lambda run: best(run, "true") - best(run),
                lambda run: best(run, "true", untrained=True) - best(run, untrained=True),
            )
            yield compared(
                TRUE_LABELS_INPUT, runs, lambda run: best(run, "true") - run.scored(run.best(run.on_input("true")))
            )
    else:
        yield compared(
            COMPARABLE,
            runs,
            lambda run: best(run) - run.scored(run.network()),
            lambda run: best(run, untrained=True) - run.scored(run.network()),
        )
    if not all(run.on_input() for run in runs):
        return
    yield compared(
        ABOVE_INPUT,
        runs,
        lambda run: best(run) - run.scored(run.subspaces("input")),
        lambda run: best(run, untrained=True) - run.scored(run.subspaces("input")),
    )
    yield compared(
        ABOVE_INPUT_TRAIN, runs, _above_input_on_train, lambda run: _above_input_on_train(run, untrained=True)
    )


def _best_control(run: Run) -> Floats:
    return run.scored(run.best([run.best_layer(untrained=True), *run.on_input()]))


def _above_input_on_train(run: Run, *, untrained: bool = False) -> Floats:
    layer, own = run.best_layer(untrained=untrained), run.subspaces("input")
    return run.on_train(layer, "true", "other_folds") - run.on_train(own, "true", "other_folds")
