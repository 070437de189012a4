import numpy as np
import pytest
import torch

from rote import tables
from rote.gradients.measure import measure_epoch, norms
from rote.gradients.parts import LabelParts, label_parts
from rote.models.batch_norm import recalibrate
from rote.seeds import Seeds
from rote.tables.gradients import LABEL_PARTS
from tests.unit.gradients.small_gradients import NORMALISATION, drawn, inputs, network

SEEDS = Seeds(3, "a run")
CENTRES = ("none", "classes", "label_frequency")


def states(architecture, examples):
    """Of two epochs: untrained, and with other weights and statistics."""
    model = network(architecture)
    untrained = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    draw = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=draw, dtype=torch.float64)
    recalibrate(model, [inputs(examples)])
    return {0: untrained, 5: model.state_dict()}


def measured(path, architecture="resnet", recalibrated=(0,)):
    """What is measured of the two epochs, as a table holds it."""
    examples, model = drawn(), network(architecture)
    with tables.writing(path / "parts.parquet", LABEL_PARTS, {}) as table:
        for epoch, state in states(architecture, examples).items():
            model.load_state_dict(state)
            again = epoch in recalibrated
            table.append(
                measure_epoch(model, epoch, examples, NORMALISATION, seeds=SEEDS, centres=CENTRES, recalibrated=again)
            )
    return tables.read(path / "parts.parquet", LABEL_PARTS).to_pandas()


def of(vectors):
    """Parts of one group, one layer and one centre, made of the dependent part and the gradient."""
    dependent, total = ({"all": {"layer": torch.tensor(vector).double()}} for vector in vectors)
    return LabelParts({"all": 1}, total, dependent, {})


def test_norms_are_those_of_mean_gradients():
    parts = of([[[3.0], [4.0]], [[3.0], [-8.0]]])
    assert norms(parts, "all", "layer", "none") == pytest.approx((73**0.5, 5, 12, -0.8))


@pytest.mark.parametrize("vectors", [[[0.0, 0.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]])
def test_parts_have_no_angle_where_one_is_zero(vectors):
    assert np.isnan(norms(of(vectors), "all", "layer", "none")[3])


def test_the_table_holds_every_layer_group_and_centre_at_every_epoch(tmp_path):
    frame = measured(tmp_path)
    layers = frame["layer"].unique()
    assert len(frame) == 2 * len(layers) * 3 * 3
    assert not frame.duplicated(["epoch", "layer", "group", "centred_by"]).any()
    assert list(frame["group"].unique()) == ["all", "unpermuted", "permuted"]
    model = network("resnet")
    assert all(frame["weights"] == [model.get_parameter(f"{layer}.weight").numel() for layer in frame["layer"]])


def test_norms_at_an_epoch_are_those_of_its_weights(tmp_path):
    examples = drawn()
    frame = measured(tmp_path).query("epoch == 5")
    model = network("resnet")
    model.load_state_dict(states("resnet", examples)[5])
    parts = label_parts(model, examples, NORMALISATION, CENTRES)
    for row in frame.itertuples():
        expected = norms(parts, row.group, row.layer, row.centred_by)
        assert (row.gradient, row.dependent, row.independent, row.cosine) == pytest.approx(expected, rel=1e-12)


def test_untrained_batch_norms_take_statistics_of_the_examples_and_the_table_says_so(tmp_path):
    default = measured(tmp_path)
    stored = measured(tmp_path, recalibrated=())
    assert dict(default.groupby("epoch")["statistics"].first()) == {0: "recalibrated", 5: "stored"}
    assert set(stored["statistics"]) == {"stored"}
    assert set(measured(tmp_path, "mlp")["statistics"]) == {"none"}

    first = default.query("epoch == 0 and group == 'all' and centred_by == 'none'")
    model = network("resnet", drawn())  # one batch: its order does not matter
    parts = label_parts(model, drawn(), NORMALISATION)
    expected = [norms(parts, "all", layer, "none")[0] for layer in first["layer"]]
    assert list(first["gradient"]) == pytest.approx(expected, rel=1e-9)
    assert list(stored.query("epoch == 0 and group == 'all' and centred_by == 'none'")["gradient"]) != expected
