import copy
import dataclasses
import pkgutil
from importlib import import_module

import pytest

from rote.config.reference import README, ROOT, SCHEMA, reference
from rote.config.validation import OWN, PUBLISHED, completed, load, validate
from rote.data import datasets, kinds
from rote.errors import ConfigError

CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
DEMO = load(ROOT / "config/demo.yaml")


FOLDER = {"kind": "image_folder", "path": "leaves"}


def changed(path, value):
    config = copy.deepcopy(DEMO)
    *folders, key = path.split(".") if isinstance(path, str) else [path]
    inner = config
    for folder in folders:
        inner = inner[folder]
    inner[key] = value
    return config


def test_data_of_one_s_own_may_have_any_name_and_two_of_a_kind():
    config = changed("datasets.leaves", {**FOLDER, "test_share": 0.2, "size": [32, 48], "class_names": ["a", "b"]})
    config["datasets"]["petals"] = FOLDER | {"size": 100}
    config["datasets"]["spikes"] = {"kind": "arrays", "path": "spikes.npz", "range": [0, 1.5], "split_seed": 1}
    validate(config, load(SCHEMA))


def test_the_names_and_options_that_the_configuration_knows_are_those_of_the_library():
    assert sorted(module.name for module in pkgutil.iter_modules(datasets.__path__)) == sorted(PUBLISHED)
    assert sorted(module.name for module in pkgutil.iter_modules(kinds.__path__)) == sorted(OWN)
    for kind, options in OWN.items():
        fields = dataclasses.fields(import_module(f"{kinds.__name__}.{kind}").DataSet)
        assert {field.name for field in fields} == set(options)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_configurations_that_come_with_the_study_are_valid(path):
    validate(completed(load(path), DEMO), load(SCHEMA))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (1, 2, "unknown key 1"),
        (
            "runs.digits_k8_noise_0.labels",
            20,
            "runs.digits_k8_noise_0.labels: 20 is not of type 'string'. YAML reads it",
        ),
        ("runs.digits_k8_noise_0.recipe", "adam/", "does not stand under 'recipes' (did you mean 'adam'?)"),
        ("seeed", 1, "unknown key 'seeed' (did you mean 'seed'?)"),
        ("recipes.adam.optimizer.learning_rat", 1, "recipes.adam.optimizer: unknown key 'learning_rat'"),
        ("recipes.adam.optimizer.name", "adm", "'adm' is not known (did you mean 'adam'?)"),
        ("recipes.adam.batch_size", 0, "recipes.adam.batch_size: 0 is less than the minimum"),
        ("recipes.adam.optimizer.learning_rate", "1e-4", "recipes.adam.optimizer.learning_rate: '1e-4'"),
        ("runs.digits_k8_noise_0.recipe", "adan", "'adan' does not stand under 'recipes' (did you mean 'adam'?)"),
        ("runs.digits_k8_noise_0.dataset", "mnist", "'mnist' does not stand under 'datasets'"),
        (
            "datasets.digitz",
            {},
            "'digitz' is no published data set (did you mean 'digits'?)",
        ),
        (
            "datasets.leaves",
            {"kind": "folder", "path": "x"},
            "datasets.leaves.kind: 'folder' is not known (did",
        ),
        ("datasets.leaves", {"kind": "arrays"}, "datasets.leaves: the kind 'arrays' needs a path"),
        ("datasets.leaves", {"path": "x"}, "datasets.leaves: 'path' is for data of your own, which need a kind"),
        ("datasets.leaves", {**FOLDER, "range": [0, 1]}, "'range' is no option of the kind 'image_folder'"),
        ("datasets.leaves", {**FOLDER, "radius": 2}, "'radius' is no option of the kind 'image_folder'"),
        ("datasets.leaves", {**FOLDER, "test_share": 1}, "datasets.leaves.test_share: 1 is greater than or equal to"),
        ("datasets.leaves", {**FOLDER, "size": [1, 2, 3]}, "datasets.leaves.size: [1, 2, 3] is too long"),
        ("datasets.leaves", {"kind": "arrays", "path": "x", "range": [1, 0]}, "datasets.leaves.range: write the least"),
        ("datasets.tiny_imagenet", {"size": 65}, "datasets.tiny_imagenet.size: 65 is greater than the maximum of 64"),
        ("training_dynamics.runs.absent", "three_batches_of_100", "no run is called 'absent'"),
        ("training_dynamics.runs.digits_k8_noise_0", "tree_batches_of_100", "did you mean 'three_batches_of_100'?"),
        ("training_dynamics.comparisons.noise.runs", ["digits_k8_noise_20", "x"], "no run is called 'x'"),
        ("class_fitting.runs.digits_resnet18", "resnet_stage", "did you mean 'resnet_stages'?"),
        ("class_fitting.comparisons.resnet18_seeds.runs", ["digits_resnet18", "x"], "no run is called 'x'"),
        ("class_fitting.representations.plain_layers.compared", ["layer_9"], "did you mean 'layer_8'?"),
        ("class_fitting.protocols.exakt", {}, "exakt"),
        (
            "memorization.estimates.digits_noise_20.recipe",
            "adan",
            "memorization.estimates.digits_noise_20.recipe: 'adan'",
        ),
        ("class_fitting.scores.digits_resnet18", "digits_noise_2", "did you mean 'digits_noise_20'?"),
        ("class_fitting.scores.digits_k8_noise_0", "digits_noise_20", "must also stand under class_fitting.runs"),
        (
            "memorization.estimates.digits_noise_20.compared_with",
            ["c_scores"],
            "does not stand under memorization.publ",
        ),
        ("memorization.published.x", {"dataset": "mnist", "file": "x.npy"}, "'mnist' does not stand under 'datasets'"),
        ("memorization.published.digits_noise_20", {"dataset": "digits", "file": "x.npy"}, "one of them another name"),
        ("class_fitting.protocols", {"published": {}}, "'exact' does not stand under class_fitting.protocols"),
        ("class_fitting.density_bins.certification.noise_units", "pixels", "did you mean 'pixel'?"),
        ("runs.digits_resnet18.starting_weights", "sam", "'sam' does not stand under 'weights'"),
        ("recipes.adam.batch_size", 1, "recipes.adam has a batch_size of 1, and batch normalisation needs 2 examples"),
        ("runs.digits_k8_noise_0.subset", 1, "runs.digits_k8_noise_0: recipes.adam has a batch_size of 128, and batch"),
        ("runs.digits_k8_noise_0.subset", 129, "of a subset of 129 one is left for the last"),
        ("weights.sam", {"architecture": "vit", "hub_identifier": "x"}, "'vit' does not stand under 'architectures'"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_nearest_valid_name(path, value, message):
    with pytest.raises(ConfigError) as error:
        validate(changed(path, value), load(SCHEMA))
    assert message in str(error.value)


def test_a_subset_that_fills_no_batch_is_refused_where_the_last_batch_is_left_out():
    config = changed("runs.digits_k8_noise_0.subset", 100)
    validate(config, load(SCHEMA))
    config["recipes"]["adam"]["drop_last"] = True
    with pytest.raises(ConfigError, match=r"runs\.digits_k8_noise_0: .* a subset of 100 does not fill it"):
        validate(config, load(SCHEMA))


def test_a_network_without_batch_normalisation_may_have_batches_of_one():
    config = changed("recipes.adam.batch_size", 1)
    for architecture in config["architectures"]:
        config["architectures"][architecture] = {"name": "vision_transformer"}
    validate(config, load(SCHEMA))


def test_a_missing_section_is_named():
    config = {key: value for key, value in DEMO.items() if key != "recipes"}
    with pytest.raises(ConfigError, match="'recipes' is a required property"):
        validate(config, load(SCHEMA))


def test_all_faults_are_named_at_once():
    config = changed("seeed", 1)
    config["recipes"]["adam"]["batch_sice"] = 2
    with pytest.raises(ConfigError, match=r"(?s)seeed.*batch_sice|batch_sice.*seeed"):
        validate(config, load(SCHEMA))


def test_a_configuration_with_runs_inherits_no_run_from_the_demo():
    config = completed({"runs": {}, "seed": 3}, DEMO)
    assert config["runs"] == config["weights"] == {}
    assert config["seed"] == 3
    assert "recipes" not in config
    for study in ("training_dynamics", "class_fitting"):
        assert config[study]["runs"] == config[study]["comparisons"] == {}
    assert config["class_fitting"]["scores"] == {}
    assert config["memorization"]["estimates"] == config["memorization"]["published"] == {}


def test_scores_of_another_data_set_are_refused():
    config = changed("memorization.published", {"other": {"dataset": "mnist", "file": "x.npy"}})
    config["datasets"]["mnist"] = {}
    config["memorization"]["estimates"]["digits_noise_20"]["compared_with"] = ["other"]
    config["class_fitting"]["scores"]["digits_resnet18"] = "other"
    with pytest.raises(ConfigError, match=r"(?s)'other' is of another data set.*'other' is of another data set"):
        validate(config, load(SCHEMA))


def test_a_study_of_its_own_is_left_as_it_is():
    own = {"runs": {}, "training_dynamics": {"runs": {}}}
    assert completed(own, DEMO)["training_dynamics"] == {"runs": {}}


def test_single_keys_are_laid_over_the_demo():
    config = completed({"seed": 7, "training_dynamics": {"drop_checkpoints": True}}, DEMO)
    assert config == changed("training_dynamics.drop_checkpoints", True) | {"seed": 7}


def test_the_reference_is_up_to_date_and_explains_every_key():
    assert README.read_text() == reference(load(SCHEMA)), "say `make reference`"


@pytest.mark.parametrize("content", ["a: [", "- a"])
def test_a_file_that_is_no_mapping_is_named(tmp_path, content):
    (tmp_path / "c.yaml").write_text(content)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load(tmp_path / "c.yaml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.yaml does not exist"):
        load(tmp_path / "absent.yaml")
