import copy
import re
from datetime import date
from functools import reduce

import pytest
import yaml
from jsonschema import Draft202012Validator

from rote.config.files import load, places
from rote.config.reference import README, ROOT, SCHEMA, reference, schema, written
from rote.config.validation import completed, resolved
from rote.errors import ConfigError

CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
DEMO = load(ROOT / "config/demo.yaml")
RUN = "runs.digits_resnet18"
VECTORS = "representations.training_images"
GRAM = "representations.three_batches_of_100"
MANIFOLDS = {"form": "manifolds", "taps": "relu"}
LATENT = "masc.experiments.digits_40"
EXPERIMENT = "geometry.experiments.mlp_half_random"
SMALLEST = """
name: mine
datasets: { digits: {} }
architectures: { small: { name: preactivation_resnet18 } }
recipes: { adam: { optimizer: { name: adam, learning_rate: 1.0e-3 }, epochs: 20 } }
runs: { first: { dataset: digits, architecture: small, recipe: adam } }
training_dynamics: { runs: [first] }
"""


FOLDER = {"kind": "image_folder", "path": "leaves"}


def changed(path, value, config=DEMO):
    config = copy.deepcopy(config)
    *folders, key = path.split(".") if isinstance(path, str) else [path]
    reduce(dict.__getitem__, folders, config)[key] = value
    return config


def refused(config, lines=None):
    with pytest.raises(ConfigError) as error:
        resolved(config, lines)
    return str(error.value)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_configurations_that_come_with_the_study_are_valid_and_resolved_once(path):
    once = resolved(completed(load(path), DEMO))
    assert resolved(once) == once


def test_data_of_one_s_own_may_have_any_name_and_two_of_a_kind():
    config = changed("datasets.leaves", {**FOLDER, "test_share": 0.2, "size": [32, 48], "class_names": ["a", "b"]})
    config["datasets"]["petals"] = FOLDER | {"size": 100}
    config["datasets"]["spikes"] = {"kind": "arrays", "path": "spikes.npz", "range": [0, 1.5], "split_seed": 1}
    found = resolved(config)["datasets"]
    assert found == {"digits": {}} | {name: {"split_seed": 0} | config["datasets"][name] for name in list(found)[1:]}


def test_a_published_data_set_may_stand_twice_under_other_names():
    config = changed("datasets.tiny_imagenet", {"size": 32})
    config["datasets"]["tiny_imagenet_64px"] = {"kind": "tiny_imagenet", "size": 64}
    found = resolved(config)["datasets"]
    assert found["tiny_imagenet"] == {"size": 32}
    assert found["tiny_imagenet_64px"] == {"kind": "tiny_imagenet", "size": 64}


def test_networks_of_several_widths_have_the_same_seeds():
    runs = ["digits_k8_noise_0", "digits_resnet18_second"]
    with pytest.raises(ConfigError, match="architectures have other seeds"):
        resolved(changed("geometry.double_descent", {"widths": {"title": "Widths", "runs": runs}}))


def test_how_many_images_of_one_s_own_are_compared_is_left_to_the_job_that_sees_them():
    config = yaml.safe_load(SMALLEST.replace("digits: {}", "leaves: { kind: image_folder, path: leaves }"))
    config["runs"]["first"]["dataset"] = "leaves"
    assert resolved(config)["representations"]["test_batches"]["images"] == {"split": "test", "batches": 4}


def test_a_resolved_configuration_is_plain_and_says_nothing_of_what_is_none():
    def plain(value):
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(inner) for key, inner in value.items())
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (str, int, float, bool)

    assert plain(resolved(DEMO))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (1, 2, "the top level: the name 1 is no text"),
        (f"{RUN}.labels", 20, f"{RUN}.labels: 20 is given, and a text is wanted. YAML reads it as a number"),
        (f"{RUN}.title", date(2020, 1, 1), "2020-01-01 is given. YAML reads it as a date, not as text"),
        (f"{RUN}.recipe", "adam/", "does not stand under recipes (did you mean 'adam'?)"),
        (f"{RUN}.dataset", "mnist", "'mnist' does not stand under datasets"),
        (f"{RUN}.starting_weights", "sam", "'sam' does not stand under weights"),
        (f"{RUN}.subset", 1438, f"{RUN}.subset: 1438 is given, and digits has 1437 training examples: lower it"),
        (f"{RUN}.subset", 1, f"{RUN}: recipes.one_cycle has a batch_size of 128, and batch normalisation needs 2"),
        (f"{RUN}.subset", 129, "of a subset of 129 one is left for the last"),
        (f"{RUN}.title", "{x}", f"{RUN}.title: '{{x}}' has braces in it"),
        (f"{RUN}.name", "a_name", f"{RUN}.name: only a family has a name for its members"),
        ("seeed", 1, "unknown key 'seeed' (did you mean 'seed'?)"),
        ("datasets.digitz", {}, "datasets.digitz.kind: 'digitz' is not known (did you mean 'digits'?)"),
        ("datasets.mnist", None, "datasets.mnist: nothing is given, and keys and values are wanted: write {}"),
        ("datasets.digits.size", 8, "datasets.digits: unknown key 'size'"),
        ("datasets.spheres", {"ambient_dimension": 1000}, "datasets.spheres.ambient_dimension: 1000 is given, and it"),
        ("datasets.tiny_imagenet", {"size": 65}, "datasets.tiny_imagenet.size: 65 is given, and it must be at most 64"),
        (
            "datasets.leaves",
            {"kind": "folder", "path": "x"},
            "leaves.kind: 'folder' is not known (did you mean 'image_fol",
        ),
        ("datasets.leaves", {"path": "x"}, "Data of your own need a kind (image_folder, arrays) and a path"),
        ("datasets.leaves", {"kind": "arrays"}, "datasets.leaves: the key 'path' is missing"),
        ("datasets.leaves", FOLDER | {"range": [0, 1]}, "datasets.leaves: unknown key 'range'"),
        (
            "datasets.leaves",
            FOLDER | {"test_share": 1},
            "datasets.leaves.test_share: 1 is given, and it must be below 1",
        ),
        ("datasets.leaves", FOLDER | {"size": [1, 2, 3]}, "datasets.leaves.size: a list is given, and there must be 2"),
        ("datasets.leaves", FOLDER | {"size": 0}, "datasets.leaves.size: 0 is given, and it must be at least 1"),
        ("datasets.leaves", FOLDER | {"class_names": ["a", "a"]}, "leaves.class_names: a name is given twice"),
        (
            "datasets.leaves",
            {"kind": "arrays", "path": "x", "range": [1, 0]},
            "leaves.range: write the least value first",
        ),
        ("labels.noise_20.file", "x.npy", "labels.noise_20: labels come from a file or are corrupted, not both"),
        ("architectures.resnet18_k4.depth", 18, "architectures.resnet18_k4: unknown key 'depth'"),
        ("architectures.resnet18_k4.name", "preactivation_resnet1", "(did you mean 'preactivation_resnet18'?)"),
        ("architectures.resnet18_postactivation_k8.depth", 34, ".depth: 34 is not known (known are: 18, 50)"),
        ("architectures.x", {"width": 4}, "architectures.x.name: it is missing, and says what is meant (known are:"),
        ("recipes.adam.optimizer.learning_rat", 1, "recipes.adam.optimizer: unknown key 'learning_rat'"),
        ("recipes.adam.optimizer.name", "adm", "optimizer.name: 'adm' is not known (did you mean 'adam'?)"),
        ("recipes.adam.optimizer.momentum", 0.9, "recipes.adam.optimizer: unknown key 'momentum'"),
        ("recipes.adam.optimizer.learning_rate", "1e-4", "YAML reads it as text: write 1.0e-4"),
        ("recipes.adam.optimizer.learning_rate", float("nan"), "nan is given, and a finite number is wanted"),
        ("recipes.sgd_momentum.optimizer", {"name": "sgd", "learning_rate": 1, "nesterov": True}, "needs a momentum"),
        ("recipes.adam.schedule", {"name": "cosine", "warmup": 0.1}, "recipes.adam.schedule: unknown key 'warmup'"),
        ("recipes.adam.batch_size", 0, "recipes.adam.batch_size: 0 is given, and it must be at least 1"),
        ("recipes.adam.batch_size", 1, "recipes.adam has a batch_size of 1, and batch normalisation needs 2 examples"),
        ("recipes.adam.batch_size", 359, "of 1437 examples one is left for the last"),
        ("recipes.adam.epochs", 0, "recipes.adam.epochs: 0 is given, and it must be at least 1"),
        ("recipes.adam.epochs", 2.5, "recipes.adam.epochs: 2.5 is given, and a whole number is wanted"),
        ("recipes.adam.evaluation", {}, "recipes.adam.evaluation: a grid of epochs is given by one of every, piece"),
        ("recipes.adam.evaluation", {"piecewise": [[0, 9, 1], [5, 20, 3]]}, "pieces overlap: one ends at 9, the next"),
        ("recipes.adam.evaluation", {"piecewise": [[0, 9]]}, "evaluation.piecewise.0: the key 2 is missing"),
        (f"{GRAM}.taps", "stage_1", "'stage_1' is given: write all, or a list as in [stage_1]"),
        (f"{GRAM}.taps", ["stage_9"], "taps: 'stage_9' is no tap of architectures.resnet18"),
        (f"{GRAM}.taps", ["relu_17"], "taps: 'relu_17' is no tap of architectures.resnet18"),
        (f"{GRAM}.taps", ["stage_1", "stage_1"], "taps: one stands twice in ['stage_1', 'stage_1']"),
        (f"{GRAM}.epochs", [0, 101], "epochs: 101 is given, and recipes.adam ends after epoch 100"),
        (f"{GRAM}.epochs", "best", "epochs: 'best' is given: write all, or a list as in [best]"),
        (f"{GRAM}.epochs", ["first", "lats"], "epochs.1: 'lats' is not known (did you mean 'last'?)"),
        (f"{GRAM}.epochs", ["last", -1], "epochs.1: -1 is given, and it must be at least 0"),
        (f"{GRAM}.epochs", ["first", "best"], "the best epoch is asked for, and recipes.adam may not keep it: set its"),
        ("recipes.adam.keep_best", "yes", "recipes.adam.keep_best: 'yes' is given, and true or false is wanted"),
        (f"{GRAM}.images", {"split": "test"}, "images: Gram rows are of batches or of a subset: give batches or per_"),
        (f"{GRAM}.images.per_class", 3, "images: images are a subset or batches: give per_class or batches, not both"),
        (f"{GRAM}.images", {"split": "test", "per_class": 37}, "37 of each of 10 classes take 370 images, and digits"),
        (f"{GRAM}.images", {"split": "test", "per_class": 2, "batch_size": 9}, "there are no batches: give their num"),
        (f"{GRAM}.images", {"split": "tset"}, "images.split: 'tset' is not known (did you mean 'test'?)"),
        (f"{GRAM}.form", "grams", "form: 'grams' is not known (did you mean 'gram'?)"),
        (f"{VECTORS}.images.batches", 3, "feature vectors are of images one by one: give per_class, or all"),
        (
            f"{VECTORS}.images.split",
            "test",
            "takes feature vectors (pooled, flat) of all training",
        ),
        (f"{VECTORS}.epochs", "all", "of all training images at one epoch, and 'training_images'"),
        (f"{VECTORS}.taps", ["relu_1"], "'stage_1' is no tap of architectures.resnet18_postact"),
        (f"{GRAM}.images_per_class", 9, "images_per_class: this is of manifolds alone: delete it"),
        ("representations.bare", {"form": "gram"}, "representations.bare: the key 'images' is missing"),
        ("representations.mine", MANIFOLDS | {"images": {"split": "test"}}, "give images_per_class in place of images"),
        ("representations.mine", MANIFOLDS | {"images_per_class": 9}, "at least 20 of at most 9 images_per_class are"),
        ("representations.mine", MANIFOLDS | {"unrelated_initialisations": 1}, "nothing reads manifolds of unrelated"),
        (f"{EXPERIMENT}.manifolds", "mine", "manifolds: 'mine' does not stand under representations"),
        (f"{EXPERIMENT}.manifolds", "training_images", "'training_images' is no set of manifolds: name one of form"),
        ("geometry.gradients", {"epochs": [151]}, "gradients.epochs: 151 is given, and recipes.until_fitted ends"),
        ("geometry.gradients", {"centred_by": ["none", "none"]}, "centred_by: one stands twice in ['none', 'none']"),
        ("geometry.rewinding.network", 151, "rewinding.network: 151 is given, and recipes.until_fitted ends"),
        ("geometry.rewinding.batch_norm", ["stay"], "'stay' is not known (did you mean 'stays'?)"),
        ("geometry.rewinding.train_share", 0, "train_share: 0 is given, and it must be above 0"),
        (f"{LATENT}.runs", ["absent"], "no run is called 'absent'"),
        (f"{LATENT}.runs", ["digits_memorized_0", "digits_memorized_40"], "they differ in their labels, and an exp"),
        (f"{LATENT}.reversed", "noise_0", "its networks are trained on corrupted labels: reverse those of true ones"),
        ("masc.experiments.digits_0.reversed", "random", "reversed: 'random' does not stand under labels"),
        ("masc.taps", ["layer_5"], "taps: 'layer_5' is no tap of architectures.mlp_32_128_512_512"),
        (f"{LATENT}.taps", ["layer_5"], "digits_40.taps: 'layer_5' is no tap of architectures.mlp_32_128_512_512"),
        (f"{LATENT}.taps", ["layer_1", "layer_1"], "digits_40.taps: one stands twice"),
        ("masc.epochs", ["first", "last", 151], "epochs: 151 is given, and recipes.memorizing ends before"),
        ("masc.epochs", ["last"], "the first, untrained one is their control: write both words"),
        ("masc.components", [{"share": 0.9, "number": 1}], "give {share: …} or {number: …}, one of the two"),
        ("masc.components", [1], "masc.components"),
        ("masc.components", [{"number": 1}, {"number": 1}], "masc.components: one stands twice"),
        ("masc.folds", 1, "folds: 1 is given, and it must be at least 2"),
        ("training_dynamics.taps", "all", "training_dynamics.taps: a set of representations has taps: write them the"),
        (
            "training_dynamics.runs.digits_k8_noise_0",
            "training_images",
            "is no set of Gram rows: name one",
        ),
        ("training_dynamics.runs.absent", "three_batches_of_100", "no run is called 'absent'"),
        ("training_dynamics.runs.digits_k8_noise_0", "tree_batches_of_100", "did you mean 'three_batches_of_100'?"),
        (f"{GRAM}.images.batches", 4, "take 400 images, and digits has 360 test images"),
        ("training_dynamics.comparisons.noise.runs", ["digits_k8_noise_20", "x"], "no run is called 'x'"),
        ("recipes.adam.input_noise", {"sigma": 0.1, "units": "pixel"}, "now called 'standard_deviation': write that"),
        ("training_dynamics.transitions.most", 3, "most: this key is now called 'max_transitions': write that instead"),
        ("class_fitting.runs.digits_resnet18", "resnet_stage", "did you mean 'resnet_stages'?"),
        ("class_fitting.runs", ["digits_resnet18"], "name one of class_fitting.reductions for each run"),
        ("class_fitting.comparisons.resnet18_seeds.runs", ["digits_resnet18", "x"], "no run is called 'x'"),
        (
            "class_fitting.comparisons.resnet18_seeds.runs",
            ["digits_resnet18"],
            "groups are compared of two runs or more",
        ),
        ("class_fitting.representations", {}, "class_fitting.representations: this key is now called 'reductions'"),
        ("class_fitting.reductions.plain_layers.representations", "imags", "'imags' does not stand under representat"),
        ("class_fitting.reductions.plain_layers.compared", ["layer_9"], "did you mean 'layer_8'?"),
        ("class_fitting.reductions.plain_layers.taps.layer_9", 8, "'layer_9' is no tap of architectures.plain"),
        ("class_fitting.protocols.exakt", {}, "protocols.exakt: 'exakt' is not known (did you mean 'exact'"),
        ("class_fitting.protocols", {"published": {}}, "'exact' does not stand under class_fitting.protocols"),
        ("class_fitting.protocols.exact.starts", [1], "starts: this key is now called 'initial_components'"),
        ("class_fitting.sampler.n_discarded", 160, "none is left: raise n_sweeps or lower n_discarded"),
        ("class_fitting.complexity", {}, "class_fitting.complexity: both standard errors are 0"),
        ("class_fitting.scores.digits_resnet18", "digits_noise_2", "did you mean 'digits_noise_20'?"),
        ("class_fitting.scores.digits_k8_noise_0", "digits_noise_20", "must also stand under class_fitting.runs"),
        ("class_fitting.density_bins.certification.noise_units", "pixels", "did you mean 'pixel'?"),
        ("class_fitting.density_bins.stack_size", 4, "4 does not divide the 10 bins: give one of 1, 2, 5, 10"),
        ("class_fitting.density_bins.number", 1438, "1438 is given, and digits has 1437 training examples"),
        ("memorization", [1], "memorization: a list is given, and keys and values are wanted"),
        ("memorization.wanted_errors", [], "memorization.wanted_errors: a list is given, and at least 1 must be named"),
        ("memorization.estimates.digits_noise_20.recipe", "adan", "noise_20.recipe: 'adan' does not stand under"),
        ("memorization.estimates.digits_noise_20.together", 4, "this key is now called 'stack_size'"),
        ("memorization.estimates.digits_noise_20.compared_with", ["c_scores"], "not stand under memorization.publ"),
        ("memorization.published.x", {"dataset": "mnist", "file": "x.npy"}, "'mnist' does not stand under datasets"),
        ("memorization.published.digits_noise_20", {"dataset": "digits", "file": "x.npy"}, "one of them another name"),
        ("weights.sam", {"architecture": "vit", "hub_identifier": "x"}, "'vit' does not stand under architectures"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_nearest_valid_name_or_the_remedy(path, value, message):
    assert message in refused(changed(path, value))


def test_a_subset_that_fills_no_batch_is_refused_where_the_last_batch_is_left_out():
    config = changed(f"{RUN}.subset", 100)
    resolved(config)
    config["recipes"]["one_cycle"]["drop_last"] = True
    assert re.search(rf"{RUN}: .* a subset of 100 does not fill it", refused(config))


OTHER_STUDIES = ("class_fitting", "memorization", "geometry", "stitching", "masc")


def transformers(**options):
    """The study of training dynamics with transformers."""
    config = {key: value for key, value in DEMO.items() if key not in OTHER_STUDIES}
    one = {"name": "vision_transformer", "patch_size": 4, **options}
    config["runs"] = {name: {key: run[key] for key in run if key != "stack"} for name, run in config["runs"].items()}
    return config | {"architectures": {name: one for name in config["architectures"]}}  # noqa: C420 (equal, not shared)


def test_a_network_without_batch_normalisation_may_have_batches_of_one():
    resolved(changed("recipes.adam.batch_size", 1, transformers()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patch_size": 16}, "images of 8×8 pixels do not divide into patches of 16"),
        ({"heads": 5}, "hidden_size must be a multiple of heads, and 768 is not one of 5"),
        ({"name": "pretrained_vision_transformer", "patch_size": 15}, "input_size must be a multiple of patch_size"),
    ],
)
def test_sizes_of_a_transformer_that_do_not_divide_are_refused(options, message):
    assert message in refused(transformers(**options))


def test_taps_of_a_transformer_follow_from_its_layers():
    resolved(changed(f"{GRAM}.taps", ["block_3"], transformers(layers=3)))
    assert "'block_4' is no tap" in refused(changed(f"{GRAM}.taps", ["block_4"], transformers(layers=3)))


@pytest.mark.parametrize("taps", ["relu", ["input", "relu_16", "stage_1"]])
def test_the_outputs_of_relus_and_the_images_themselves_are_taps(taps):
    assert resolved(changed(f"{GRAM}.taps", taps))["representations"]["three_batches_of_100"]["taps"] == taps


def test_a_network_without_relus_has_no_such_taps():
    message = refused(changed(f"{GRAM}.taps", "relu", transformers(layers=1)))
    assert "architectures.resnet18_k8 has no ReLU: name other taps (known are: input, patch_embedding, block" in message


def test_weights_of_another_network_are_refused():
    config = changed("weights", {"own": {"architecture": "vit", "hub_identifier": "x"}})
    config["architectures"]["vit"] = {"name": "pretrained_vision_transformer"}
    config["runs"]["digits_resnet18"]["starting_weights"] = "own"
    assert "these are weights of architectures.vit, and the run has resnet18_postactivation_k16" in refused(config)


def test_scores_of_another_data_set_are_refused():
    config = changed("memorization.published", {"other": {"dataset": "mnist", "file": "x.npy"}})
    config["datasets"]["mnist"] = {}
    config["memorization"]["estimates"]["digits_noise_20"]["compared_with"] = ["other"]
    config["class_fitting"]["scores"]["digits_resnet18"] = "other"
    assert refused(config).count("'other' is of another data set") == 2


STACKED = {
    "dataset": "digits",
    "architecture": "small",
    "recipe": "adam",
    "stack": "seeds",
    "labels": "noise_{noise}",
    "axes": {"seed": 2, "noise": [20, 50]},
}


def stacked(**others):
    """The smallest study with a stack of four runs, and another run."""
    config = yaml.safe_load(SMALLEST) | {"labels": {f"noise_{noise}": {"fraction": noise / 100} for noise in (20, 50)}}
    config["runs"] = {"first": config["runs"]["first"] | others, "family": STACKED}
    return config


def test_runs_of_a_stack_differ_in_seeds_and_labels_alone():
    assert [run.get("stack") for run in resolved(stacked())["runs"].values()] == [None, *["seeds"] * 4]
    assert resolved(stacked(stack="seeds"))["runs"]["first"]["stack"] == "seeds"
    assert "'seeds' is also the stack of 'first', which has another subset" in refused(
        stacked(stack="seeds", subset=100)
    )
    config = stacked(stack="seeds", recipe="other")
    config["recipes"]["other"] = config["recipes"]["adam"]
    assert "'seeds' is also the stack of 'first', which has another recipe: name another" in refused(config)


def test_a_stack_that_could_not_be_trained_or_lent_is_refused():
    assert "in a stack cannot be trained again alone: set drop_chec" in refused(stacked() | {"drop_checkpoints": True})
    transformer = {
        "name": "vision_transformer",
        "patch_size": 4,
        "layers": 1,
        "heads": 1,
        "hidden_size": 4,
        "mlp_size": 4,
    }
    config = stacked()
    config["architectures"]["small"] = transformer
    assert "networks of architectures.small are trained one at a time: leave stack out" in refused(config)
    assert "'a/b' cannot be a name" in refused(stacked(stack="a/b"))


def test_a_missing_key_is_named():
    assert "the top level: the key 'name' is missing" in refused({key: DEMO[key] for key in DEMO if key != "name"})


def test_all_faults_are_named_at_once_each_with_its_line_always_in_the_same_order(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(SMALLEST + "seeed: 2\n" + "memorization: { false_discovery_rate: 2 }\n")
    message = refused(load(path), places(path))
    assert message == refused(load(path), places(path))
    assert "my.yaml:8: the top level: unknown key 'seeed'" in message
    assert "my.yaml:9: memorization.false_discovery_rate: 2 is given, and it must be below 1" in message


def test_a_fault_without_a_line_of_its_own_has_that_of_what_it_belongs_to(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(SMALLEST.replace("recipe: adam }", "}"))
    assert "my.yaml:6: runs.first: the key 'recipe' is missing" in refused(load(path), places(path))


# Defaults


def leaves(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(leaves, inner)) if inner else 1


def test_the_smallest_study_has_at_most_twelve_values():
    config = yaml.safe_load(SMALLEST)
    assert leaves(config) <= 12
    whole = resolved(config)
    assert whole["runs"]["first"]["title"] == "first"
    assert whole["labels"][whole["runs"]["first"]["labels"]]["fraction"] == 0
    assert whole["training_dynamics"]["runs"] == {"first": "test_batches"}
    assert whole["representations"]["test_batches"] == {
        "form": "gram",
        "images": {"split": "test", "batches": 4, "batch_size": 360 // 4},
        "epochs": "all",
        "taps": "all",
        "unrelated_initialisations": 3,
    }


SET = {"form": "pooled", "images": {"split": "train"}}


def test_of_sets_that_are_named_the_usual_one_stands_for_each_kind_that_is_lacking():
    config = yaml.safe_load(SMALLEST) | {"representations": {"mine": SET}}
    assert sorted(resolved(config)["representations"]) == ["mine", "test_batches"]
    config["representations"]["mine"] = {"form": "gram", "images": {"split": "train", "per_class": 5}}
    assert sorted(resolved(config)["representations"]) == ["mine", "training_images"]
    assert resolved(config)["training_dynamics"]["runs"] == {"first": "mine"}


def test_a_reduction_is_of_the_only_set_of_feature_vectors_there_is():
    reductions = {"last": {"taps": {"stage_4": 16}, "compared": ["stage_4"]}}
    fitting = {"class_fitting": {"runs": ["first"], "reductions": reductions}}
    config = yaml.safe_load(SMALLEST) | fitting
    assert resolved(config)["class_fitting"]["reductions"]["last"]["representations"] == "training_images"
    config["representations"] = {"one": SET, "other": SET | {"form": "flat"}}
    assert "there are several sets of feature vectors, one, other: name one as representations" in refused(config)


def test_sets_of_one_kind_leave_out_what_goes_without_saying_of_it():
    config = yaml.safe_load(SMALLEST) | {"representations": {"mine": SET}}
    entry = resolved(config)["representations"]["mine"]
    assert (entry["epochs"], entry["taps"], entry["unrelated_initialisations"]) == ("last", "all", 0)


def of_manifolds(**options):
    """The demo with a set of manifolds, of which its experiment is measured."""
    config = changed("representations.mine", MANIFOLDS | options)
    return changed(f"{EXPERIMENT}.manifolds", "mine", config)


def test_manifolds_are_of_fifty_images_a_class_and_never_fewer_than_twenty():
    entry = resolved(of_manifolds())["representations"]["mine"]
    assert (entry["images_per_class"], entry["least_images_per_class"], entry["epochs"]) == (50, 20, "last")
    assert "images" not in entry


def test_taps_epochs_and_numbers_of_images_of_manifolds_are_held_against_the_experiment_s_runs():
    assert "'relu_6' is no tap of architectures.mlp" in refused(of_manifolds(taps=["relu_6"]))
    late = of_manifolds(epochs=["last", 151])
    assert "151 is given, and recipes.until_fitted ends after epoch 150" in refused(late)
    assert "what is drawn are the first, best and last epoch, and 'mine' names none" in refused(
        of_manifolds(epochs=[3])
    )
    message = "37 test images of each class are asked for, and digits has 36: lower it"
    assert message in refused(of_manifolds(least_images_per_class=37))


def with_label_noise(names=("none", "mlp_half_random"), **options):
    """The demo with an experiment without random labels beside that with half of them, and a figure of both."""
    run = {"dataset": "digits", "architecture": "mlp", "recipe": "until_fitted", "labels": "noise_0"}
    config = changed("runs.clean", run | options)
    experiment = {"title": "none", "runs": ["clean"], "manifolds": "manifolds"}
    config["geometry"]["experiments"]["none"] = experiment
    config["geometry"]["label_noise"] = {"mlp": {"title": "MLP", "experiments": list(names)}}
    return config


def test_experiments_that_differ_in_their_share_of_random_labels_make_a_figure():
    resolved(with_label_noise())
    assert "did you mean 'mlp_half_random'?" in refused(with_label_noise(["none", "mlp_half_radnom"]))
    assert "at least 1 must be named" in refused(with_label_noise([]))
    assert "two experiments have the same share" in refused(with_label_noise(labels="half_random"))
    assert "of several architectures" in refused(with_label_noise(architecture="resnet18_k8"))


def test_experiments_of_a_figure_of_label_noise_have_manifolds_of_the_last_epoch_and_one_share_each():
    config = with_label_noise()
    del config["geometry"]["experiments"]["none"]["manifolds"]
    assert "'none' has no manifolds of the last epoch" in refused(config)
    config = with_label_noise()
    config["representations"]["manifolds"]["epochs"] = ["first", "best"]
    assert "'none' has no manifolds of the last epoch" in refused(config)
    config = with_label_noise()
    config["geometry"]["experiments"]["none"]["runs"] = ["clean", "digits_mlp_half_random_seed_0"]
    assert "runs of 'none' have several labels" in refused(config)


def test_capacity_is_simulated_of_one_set_of_manifolds_of_each_run_at_epochs_that_it_has():
    config = changed(f"{EXPERIMENT}.embeddings", False)
    second = {**config["geometry"]["experiments"]["mlp_half_random"], "manifolds": "others"}
    config["representations"]["others"] = config["representations"]["manifolds"]
    config["geometry"]["experiments"]["second"] = second
    assert "by another set of manifolds: name the same" in refused(config)
    del config["geometry"]["experiments"]["second"]["manifolds"]
    assert "the capacity of manifolds is simulated: name a set of them" in refused(config)
    config = changed("representations.manifolds.epochs", ["first", "best"])
    assert "'last' is simulated, and 'manifolds' lacks it" in refused(config)


def test_images_compared_are_512_where_the_test_set_has_so_many():
    config = yaml.safe_load(SMALLEST.replace("digits", "cifar10"))
    assert resolved(config)["representations"]["test_batches"]["images"]["batch_size"] == 512


def test_density_models_have_the_options_of_their_protocol_then_of_the_sampler_then_their_own():
    fitting = {"sampler": {"n_chains": 3, "n_sweeps": 500}, "protocols": {"published": {"n_chains": 2}, "exact": {}}}
    models = resolved(yaml.safe_load(SMALLEST) | {"class_fitting": fitting})["class_fitting"]["protocols"]
    assert models["exact"]["sampler"] == "exact"
    assert models["published"]["sampler"] == "blocked"
    assert (models["exact"]["n_chains"], models["published"]["n_chains"]) == (3, 2)
    assert models["exact"]["n_sweeps"] == models["published"]["n_sweeps"] == 500
    assert models["exact"]["n_discarded"] == 320


def test_a_configuration_with_runs_inherits_no_run_from_the_demo():
    assert completed({"runs": {}, "seed": 3}, DEMO) == {"runs": {}, "seed": 3}


def test_single_keys_are_laid_over_the_demo():
    config = completed({"seed": 7, "class_fitting": {"processes": 2}}, DEMO)
    assert config == changed("class_fitting.processes", 2) | {"seed": 7}


def test_runs_that_no_study_names_are_told():
    config = yaml.safe_load(SMALLEST)
    del config["training_dynamics"]
    assert "no study has anything to do: name runs under training_dynamics.runs" in refused(config)


def test_runs_that_are_empty_are_told():
    assert "runs: there is no run, and studies name some" in refused(yaml.safe_load(SMALLEST) | {"runs": {}})


# What is generated


def test_the_reference_and_the_schema_are_up_to_date():
    assert README.read_text() == reference(schema()), "say `make reference`"
    assert SCHEMA.read_text() == written(schema()), "say `make reference`"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_editors_accept_the_configurations_that_come_with_the_study(path):
    Draft202012Validator(schema()).validate(load(path))


def test_editors_accept_a_family_and_refuse_an_option_of_another_kind():
    config = yaml.safe_load(SMALLEST)
    config["runs"]["first"] |= {"axes": {"seed": 3, "n": [64, 128]}, "subset": "{n}"}
    comparisons = {"of_one": {"title": "", "runs": "first"}, "in_a_list": {"title": "", "runs": ["first"]}}
    config["training_dynamics"]["comparisons"] = comparisons
    config["class_fitting"] = {"comparisons": comparisons}
    Draft202012Validator(schema()).validate(config)
    config["architectures"]["small"]["depth"] = 18
    assert not Draft202012Validator(schema()).is_valid(config)


def test_the_reference_explains_every_key():
    rows = [line.split(" | ") for line in README.read_text().splitlines() if line.startswith("| `")]
    unexplained = [row[0] for row in rows if row[-1].strip(" |") == ""]
    assert unexplained == ["| `runs.NAME.axes.NAME`"]


@pytest.mark.parametrize(
    "recipe",
    [
        {"keep_best": True},
        {"evaluation": {"logarithmic": {"count": 4}}, "checkpoints": {"every": 1}},
        {"evaluation": {"every": 6}, "checkpoints": {"every": 3}},
        {"evaluation": {"piecewise": [[0, 9, 4]]}, "checkpoints": {"piecewise": [[0, 9, 4]]}},
    ],
)
def test_the_best_epoch_may_be_asked_for_where_it_is_kept_in_any_case(recipe):
    config = yaml.safe_load(SMALLEST)
    config["recipes"]["adam"] |= recipe
    config["representations"] = {"mine": {**SET, "epochs": ["best"]}}
    config["class_fitting"] = {
        "runs": ["first"],
        "reductions": {"last": {"taps": {"stage_4": 8}, "compared": ["stage_4"]}},
    }
    assert resolved(config)["representations"]["mine"]["epochs"] == ["best"]
    config["recipes"]["adam"] |= {"checkpoints": {"every": 4}, "evaluation": {"every": 6}, "keep_best": False}
    assert "recipes.adam may not keep it" in refused(config)


def test_a_recipe_that_says_nothing_of_the_best_epoch_hands_nothing_on():
    assert "keep_best" not in resolved(yaml.safe_load(SMALLEST))["recipes"]["adam"]
