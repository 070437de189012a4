import numpy as np
import pytest

from rote import tables
from rote.density.gap import GROUP_SHARE, gap_test
from rote.density.groups import find_groups
from rote.errors import DataError
from rote.job import Job
from rote.seeds import Seeds
from rote.tables.density import CLASS_DENSITIES, GAPS, GROUPS

OWNER, STUDY_SEED = "a run, stage_4", 3
TEST = {"n_samples": 99, "least_share": 0.0}
# Classes 0 to 5 lie about a gap from 3 to 10; the second chain finds it from 10 to 20 instead.
POOLED = [11.0, 1.0, 12.0, 2.0, 3.0, 10.0]
CHAINS = [[11.5, 1.0, 12.5, 2.0, 3.0, 10.0], [21.0, 8.0, 22.0, 9.0, 7.0, 10.0]]
LABELS = [4, 7, 1, 0, 3, 9]


def write_densities(path, pooled=POOLED, chains=CHAINS, labels=LABELS, order=None):
    """Mean log densities of classes, over all chains and of each, rows in any order."""
    rows = [
        (label, chain, mean)
        for chain, means in zip([None, *range(len(chains))], [pooled, *chains], strict=True)
        for label, mean in zip(labels, means, strict=True)
    ]
    label, chain, mean = zip(*(rows if order is None else [rows[place] for place in order]), strict=True)
    columns = {
        "class": label,
        "chain": chain,
        "n_examples": [10] * len(rows),
        "mean_log_density": mean,
        "log_density_deviation": [1.0] * len(rows),
        "standard_error": [0.1] * len(rows),
    }
    tables.write(path, CLASS_DENSITIES, columns, {"options": {"sampler": "exact"}})
    return path


def find(class_densities, folder, test=TEST, study_seed=STUDY_SEED):
    """Paths of GAPS and GROUPS tables."""
    gaps, groups = folder / "gaps.parquet", folder / "groups.parquet"
    find_groups(
        class_densities=class_densities,
        gaps=gaps,
        groups=groups,
        test=test,
        job=Job(study_seed, OWNER, provenance={"rule": "describe_classes"}),
    )
    return gaps, groups


def gaps_and_groups(paths):
    return tuple(tables.read(path, schema).to_pylist() for path, schema in zip(paths, (GAPS, GROUPS), strict=True))


@pytest.fixture
def found(tmp_path):
    return gaps_and_groups(find(write_densities(tmp_path / "densities.parquet"), tmp_path))


def test_classes_are_parted_in_the_middle_of_the_largest_gap(found):
    pooled = found[0][0]
    assert pooled["chain"] is None
    assert (pooled["threshold"], pooled["gap"], pooled["range"]) == (6.5, 7.0, 11.0)
    assert (pooled["n_low"], pooled["n_high"]) == (3, 3)


def test_a_class_s_group_is_its_side_of_the_pooled_gap(found):
    assert {row["class"]: row["group"] for row in found[1]} == {
        0: "low_density",
        1: "high_density",
        3: "low_density",
        4: "high_density",
        7: "low_density",
        9: "high_density",
    }


def test_each_chain_has_its_own_gap(found):
    _, first, second = found[0]
    assert [row["chain"] for row in found[0]] == [None, 0, 1]
    assert (first["threshold"], first["gap"], first["n_low"]) == (6.5, 7.0, 3)
    assert (second["threshold"], second["gap"], second["n_low"]) == (15.5, 11.0, 4)


def test_agreement_is_with_the_groups_of_all_chains_together(found):
    pooled, first, second = found[0]
    assert (pooled["agreement"], pooled["kappa"]) == (1.0, 1.0)
    assert (first["agreement"], first["kappa"]) == (1.0, 1.0)
    assert second["agreement"] == pytest.approx(5 / 6)
    assert second["kappa"] == pytest.approx((5 / 6 - 1 / 2) / (1 - 1 / 2))  # by chance: 1/2 · 2/3 + 1/2 · 1/3


def test_support_is_the_share_of_chains_that_group_the_class_so(found):
    assert {row["class"]: row["support"] for row in found[1]} == {0: 1, 1: 1, 3: 1, 4: 1, 7: 1, 9: 0.5}


def test_p_values_compare_with_samples_from_one_mode_drawn_anew_for_each_chain(found):
    order = np.argsort(LABELS)
    for number, (row, means) in enumerate(zip(found[0], [POOLED, *CHAINS], strict=True)):
        draws = Seeds(STUDY_SEED, OWNER).generator("unimodal null", number)
        null = gap_test(np.array(means)[order], draws, n_samples=99)
        of_groups = gap_test(np.array(means)[order], draws, n_samples=99, least_share=GROUP_SHARE)
        assert (row["p_value"], row["p_value_standard_error"]) == (null.p_value, null.standard_error)
        assert row["group_p_value"] == of_groups.p_value


def test_the_order_of_rows_changes_no_byte(tmp_path):
    densities = write_densities(tmp_path / "densities.parquet")
    shuffled = write_densities(tmp_path / "shuffled.parquet", order=np.random.default_rng(0).permutation(18))
    one, other = find(densities, tmp_path / "one"), find(shuffled, tmp_path / "other")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_the_study_s_seed_moves_p_values_alone(found, tmp_path):
    gaps, groups = gaps_and_groups(find(tmp_path / "densities.parquet", tmp_path, study_seed=STUDY_SEED + 1))
    p_values = ("p_value", "p_value_standard_error", "group_p_value")
    assert groups == found[1]
    assert [row["p_value"] for row in gaps] != [row["p_value"] for row in found[0]]
    for row, other in zip(gaps, found[0], strict=True):
        assert {key: row[key] for key in row if key not in p_values} == {
            key: other[key] for key in other if key not in p_values
        }


def test_a_least_share_keeps_an_outlier_from_being_a_group(tmp_path):
    means = [0.0, 1.0, 2.0, 8.0, 9.0, 30.0]
    densities = write_densities(tmp_path / "densities.parquet", means, [means])
    free, _ = gaps_and_groups(find(densities, tmp_path))
    asked, _ = gaps_and_groups(find(densities, tmp_path, {"n_samples": 99, "least_share": 0.3}))
    assert (free[0]["n_low"], free[0]["threshold"]) == (5, 19.5)
    assert (asked[0]["n_low"], asked[0]["threshold"]) == (3, 5.0)


def test_tables_carry_the_options_of_the_models_and_of_the_test(found, tmp_path):
    for name in ("gaps", "groups"):
        provenance = tables.provenance(tmp_path / f"{name}.parquet")
        assert provenance["options"] == {"sampler": "exact"}
        assert (provenance["test"], provenance["seed_key"], provenance["study_seed"]) == (TEST, OWNER, STUDY_SEED)


def test_two_classes_are_parted_undecided(tmp_path):
    densities = write_densities(tmp_path / "densities.parquet", [1.0, 2.0], [[1.0, 2.0]], [0, 1])
    gaps, groups = gaps_and_groups(find(densities, tmp_path))
    assert [(row["p_value"], row["group_p_value"]) for row in gaps] == [(1, 1), (1, 1)]
    assert [row["group"] for row in groups] == ["low_density", "high_density"]


def test_a_single_class_is_refused_with_the_remedy_and_nothing_is_written(tmp_path):
    densities = write_densities(tmp_path / "densities.parquet", [1.0], [[1.0]], [0])
    with pytest.raises(DataError, match=r"at least 2.*examples of more classes.*class_fitting\.runs"):
        find(densities, tmp_path / "found")
    assert not (tmp_path / "found").exists()
