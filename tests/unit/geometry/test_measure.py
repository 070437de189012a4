import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, TableError
from rote.geometry import measure
from rote.geometry.capacity import ManifoldCapacity
from rote.geometry.measure import measure_capacity
from rote.job import Job
from rote.models.taps import representations
from rote.representations.manifold_blocks import load_manifolds
from rote.tables.geometry import CAPACITIES, MANIFOLDS
from rote.training.inputs import Normalisation
from tests.unit.representations.test_manifolds import MLP, record, write_study
from tests.unit.small_tables import write_checkpoints

JOB = Job(3, "run")
OPTIONS = {"n_draws": 30, "n_restarts": 2}


def measured(folder, job=JOB, **options):
    output = {name: folder / "geometry" / f"{name}.parquet" for name in ("capacities", "manifolds")}
    blocks = folder / "blocks" / "run.parquet"
    measure_capacity(blocks=blocks, **output, options=OPTIONS | options, job=job)
    schemas = CAPACITIES, MANIFOLDS
    return [tables.read(path, schema).to_pandas() for path, schema in zip(output.values(), schemas, strict=True)]


@pytest.fixture
def study(tmp_path):
    pixels, networks = write_study(tmp_path)
    record(tmp_path)
    return tmp_path, pixels, networks


@pytest.mark.parametrize("definition", ["published", "text"])
def test_every_row_is_the_analysis_of_the_features_themselves(study, definition):
    folder, pixels, networks = study
    capacities, manifolds = measured(folder, definition=definition)
    inputs = Normalisation([0.5], [0.3], torch.device("cpu"))(torch.from_numpy(pixels))
    groups = load_manifolds(folder / "drawn.parquet")
    assert len(capacities) == len(networks) * 2 * len(groups)
    for epoch, model in enumerate(networks):
        for tap, features in representations(model, inputs, "relu").items():
            for group in groups:
                labels = np.repeat(group.classes, group.examples.shape[1])
                same = ManifoldCapacity(
                    n_draws=30, restarts=2, definition=definition, random_state=JOB.seed_sequence("manifold capacity")
                )
                keys = group.examples.ravel()
                same.fit(features.numpy()[keys], labels, keys)
                row, each = (one_group(rows, epoch, tap, group) for rows in (capacities, manifolds))
                assert row["relative_radius"].item() == pytest.approx(same.radius_, rel=1e-4)
                for name in ("capacity", "capacity_error", "dimension", "center_correlation"):
                    assert row[name].item() == pytest.approx(getattr(same, f"{name}_"), rel=1e-4)
                assert each["class"].tolist() == list(group.classes)
                assert each["capacity"].to_numpy() == pytest.approx(same.manifolds_.capacity, rel=1e-4)
                assert row["n_defined"].item() == each["defined"].sum()


def one_group(rows, epoch, tap, group):
    of_network = (rows["epoch"] == epoch) & (rows["tap"] == tap)
    return rows[of_network & (rows["group"] == group.group) & (rows["shuffled"] == group.shuffled)]


def test_the_tables_say_what_they_were_made_by(study):
    capacities, _ = measured(study[0], center_removal="published", definition="text")
    assert set(capacities["center_removal"]) == {"published"}
    assert set(capacities["definition"]) == {"text"}
    assert (capacities["shared_directions"] > 0).all()
    capacities, _ = measured(study[0])
    assert set(capacities["center_removal"]) == {"none"}  # four manifolds are too few
    assert (capacities["shared_directions"] == 0).all()
    assert set(capacities["images_per_class"]) == {7}
    assert set(capacities["capacity_without_structure"]) == {2 / 7}
    assert set(capacities["capacity_without_centers"]) == {1 / 6.5}
    assert set(capacities["n_features"]) == {12}


def test_without_structure_the_groups_of_an_untrained_network_have_the_capacity_of_points_in_common(study):
    capacities, _ = measured(study[0], n_draws=100)
    shuffled = capacities[capacities["shuffled"]]
    # means over four classes of seven images scatter; structure would raise them by far more
    assert shuffled["capacity"].mean() == pytest.approx(2 / 7, rel=0.2)


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_draws(study):
    folder, *_ = study
    path = folder / "geometry" / "capacities.parquet"
    first, _ = measured(folder)
    before = path.read_bytes()
    measured(folder)
    assert path.read_bytes() == before
    other, _ = measured(folder, job=Job(4, "run"))
    assert (other["capacity"] != first["capacity"]).all()


def test_a_killed_job_measures_only_what_is_missing_and_ends_with_the_same_bytes(study, monkeypatch):
    folder, *_ = study
    measured(folder)
    path = folder / "geometry" / "capacities.parquet"
    whole = path.read_bytes()
    path.unlink()
    measured_epochs, of_one = [], measure._measured

    def killed_after_the_first(network, epoch, *given):
        if measured_epochs:
            raise KeyboardInterrupt
        measured_epochs.append(epoch)
        return of_one(network, epoch, *given)

    def noted(network, epoch, *given):
        measured_epochs.append(epoch)
        return of_one(network, epoch, *given)

    monkeypatch.setattr(measure, "_measured", killed_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        measured(folder)
    monkeypatch.setattr(measure, "_measured", noted)
    measured(folder)
    assert measured_epochs == [0, 1]
    assert path.read_bytes() == whole


def test_a_representation_that_is_the_same_for_all_images_has_no_capacity(tmp_path):
    _, networks = write_study(tmp_path)
    with torch.no_grad():
        for model in networks:
            for parameter in model.parameters():
                parameter.zero_()
    write_checkpoints(tmp_path, dict(enumerate(networks)), architecture=MLP)
    record(tmp_path)
    capacities, manifolds = measured(tmp_path)
    assert capacities[["capacity", "relative_radius", "dimension", "ball_capacity"]].isna().all(axis=None)
    assert (capacities["n_defined"] == 0).all()
    assert (capacities["n_deficient"] == 4).all()
    assert not manifolds["defined"].any()


def test_a_damaged_file_and_a_wrong_option_are_told(study):
    folder, *_ = study
    with pytest.raises(ConfigError, match="definition"):
        measured(folder, definition="mine")
    file = folder / "blocks" / "run" / "epoch_000001.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(TableError, match=r"epoch_000001.safetensors is missing or damaged .* Delete it"):
        measured(folder)
