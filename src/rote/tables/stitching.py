"""Tables of stitched networks: accuracies, and which test examples each classifies rightly."""

import pyarrow as pa

from rote.tables import Column, Schema

NAME = pa.dictionary(pa.int32(), pa.string())
PAIR = (
    Column("front", NAME, "run whose first layers it has; untrained for a network that no run trained"),
    Column(
        "front_role",
        NAME,
        "clean, second_clean (control: of another seed), noisy, untrained (control: random weights) or self (control: "
        "the tail's own network)",
    ),
    Column("tail", NAME, "run whose last layers it has; untrained for a network that no run trained"),
    Column("tail_role", NAME, "clean, noisy, or untrained (control: random weights)"),
    Column("cut", NAME, "layer after which both are cut; cuts follow in order of depth"),
)

STITCHES = Schema(
    "stitches",
    (
        *PAIR,
        Column("noise", pa.float64(), "nominal share of random labels of the noisy network among them, 0 without one"),
        Column(
            "wrong_labels",
            pa.float64(),
            "share of the training labels of the noisy network that are not the true ones: a label drawn at random may "
            "be the old one",
        ),
        Column("style", NAME, "frankenstein (halves frozen, evaluation mode) or bansal (training mode, batch norms)"),
        Column("start", NAME, "where the stitch started: least_squares, identity or random"),
        Column("steps", pa.int32(), "steps that the stitch was trained for"),
        Column(
            "r_squared",
            pa.float64(),
            "share of the variance of the tail's own representation at the cut that the map of least squares explains, "
            "on training images; null where it never varies",
            nullable=True,
        ),
        Column("loss", pa.float64(), "mean cross-entropy over the last tenth of the steps, true labels", "nat"),
        Column("examples", pa.int32(), "number of test examples"),
        Column("tail_accuracy", pa.float64(), "test accuracy of the tail's own network as it is"),
        Column("least_squares_accuracy", pa.float64(), "test accuracy with the map of least squares, without training"),
        Column("start_accuracy", pa.float64(), "test accuracy with the stitch where it started"),
        Column("accuracy", pa.float64(), "test accuracy with the trained stitch"),
        Column(
            "standard_error",
            pa.float64(),
            "binomial standard error of the accuracy, √(a(1−a)/n); all are of the same examples, so that differences "
            "between them are more certain: see stitched_predictions",
        ),
        Column("statistics_moved", pa.bool_(), "whether a buffer of a half, such as a running statistic, changed"),
    ),
)

STITCHED_CKA = Schema(
    "stitched_cka",
    (
        *PAIR,
        Column("noise", pa.float64(), "nominal share of random labels of the noisy network among them, 0 without one"),
        Column("tap", NAME, "layer behind the cut; taps follow in order of depth"),
        Column(
            "cka",
            pa.float64(),
            "unbiased CKA, on test images, of the layer of the stitched network with that of the clean one; null where "
            "it is constant",
            nullable=True,
        ),
    ),
)

STITCHED_PREDICTIONS = Schema(
    "stitched_predictions",
    (
        *PAIR,
        Column("example", pa.int32(), "number of a test example"),
        Column("tail_right", pa.bool_(), "whether the tail's own network as it is classifies it rightly"),
        Column("least_squares_right", pa.bool_(), "whether the networks with the map of least squares do"),
        Column("right", pa.bool_(), "whether they do with the trained stitch"),
    ),
)
