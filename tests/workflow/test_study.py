"""The workflow on the real digits: what it makes, what an addition runs, and how it fails."""

import gzip
import re
import shutil
import subprocess
import sys
from html import escape

import pytest

from rote import tables
from tests.workflow.micro_study import MARKED_UP, ROOT, keep_studies
from tests.workflow.study_tables import same_tables

RUNS = ("digits_noise_0", "digits_noise_20")
FIT = "fit_densities/digits_noise_20/stage_4/exact"
DYNAMICS_FIGURES = ("errors", "epoch_cka", "initialisation_cka", "effective_dimension")
CLASS_FIGURES = (
    "class_densities",
    "class_chains",
    "complexity",
    "component_counts",
    "singular_values",
    "class_divergences",
    "protocols",
)


def test_a_study_ends_with_every_figure_as_picture_and_as_drawing(finished):
    figures = finished.folder / "results/micro/figures"
    dynamics = [f"{run}/{figure}" for run in RUNS for figure in DYNAMICS_FIGURES]
    dynamics += ["noise", "noise_evolution"]
    fitting = [f"{run}/{figure}" for run in RUNS for figure in CLASS_FIGURES] + ["noise/seeds"]
    names = [f"training_dynamics/{name}" for name in dynamics] + [f"class_fitting/{name}" for name in fitting]
    names += [
        f"geometry/noise/{figure}"
        for figure in ("accuracies", "capacities", "gradient_norms", "gradient_parts", "gradient_ratios", "rewinding")
    ]
    names += ["claims/geometry/experiments/noise"]
    names += [f"memorization/two_shards/{figure}" for figure in ("scores", "examples", "convergence")]
    names += [f"density_bins/digits_noise_20/{figure}" for figure in ("density_bins", "certified_accuracy")]
    names += [
        f"memorization_subsets/digits_noise_20/{figure}" for figure in ("subset_divergences", "generative_scores")
    ]
    for name in names:
        assert (figures / f"{name}.png").stat().st_size > 5000
        assert "<svg" in (figures / f"{name}.svg").read_text()[:2000]


def test_every_table_names_the_code_and_the_parameters_that_made_it(finished):
    made = list((finished.folder / "results/micro").rglob("*.parquet"))
    assert len(made) > 15
    for path in made:
        provenance = tables.provenance(path)
        assert len(provenance["params"]["code"]) == 32, path
        assert provenance["rule"]
        assert {"numpy", "torch"} <= set(provenance["packages"])


def test_every_job_leaves_a_log_and_a_benchmark(finished):
    results = finished.folder / "results/micro"
    for kind, suffix in (("logs", "log"), ("benchmarks", "tsv")):
        for name in ("train_run/digits_noise_0", "compare_epochs/digits_noise_20", FIT, "plot_comparison/noise"):
            assert (results / kind / f"{name}.{suffix}").is_file()


def test_a_finished_study_has_nothing_to_do(finished):
    assert finished.plan() == {}


def test_the_report_is_one_file_with_the_figures_in_it(study):
    done = study.snakemake("--report", "report.html")
    assert done.returncode == 0, done.stderr
    report = (study.folder / "report.html").read_text()
    assert "Training dynamics" in report
    assert report.count("data:image/png") == len(DYNAMICS_FIGURES + CLASS_FIGURES) * len(RUNS) + 24
    assert f"{escape(MARKED_UP, quote=False)}. Above: test error" in report


@pytest.mark.parametrize("caption", sorted((ROOT / "workflow/report").glob("*.rst")), ids=lambda path: path.stem)
def test_captions_write_what_the_configuration_names_as_it_stands_there(caption):
    written = re.findall(r"\{\{ .*? (\| \w+) \}\}", caption.read_text(encoding="utf-8"))
    assert len(written) == caption.read_text(encoding="utf-8").count("{{")
    assert set(written) <= {"| as_written", "| length"}


def test_more_trials_only_add_shards(study):
    study.configure(lambda config: config["memorization"]["estimates"]["two_shards"].update(trials=12))
    plan = study.plan()
    assert plan["train_trials"] == plan["estimate_memorization"] == 1
    assert "train_run" not in plan


def test_killed_density_fits_go_on_and_give_the_same_tables(finished, fresh):
    shutil.copytree(finished.folder / "results", fresh.folder / "results", copy_function=shutil.copy2)
    folder = fresh.folder / "results/micro/class_fitting/digits_noise_20/stage_4/exact"
    shutil.rmtree(folder)
    target = f"{folder.relative_to(fresh.folder)}/posterior_samples.parquet"
    fresh.kill_when(lambda: len(list(folder.rglob("class_*_samples.parquet"))) >= 3, target)
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("class_*_samples.parquet")}
    assert kept
    assert not (fresh.folder / target).exists()
    done = fresh.snakemake("--rerun-triggers", "mtime", "--", target)
    assert done.returncode == 0, done.stderr
    assert same_tables(fresh, finished) > 8


def test_another_architecture_re_runs_nothing(study):
    study.edit("src/rote/models/resnet.py", lambda text: text + "\nCHANGED = 1\n")
    (study.folder / "src/rote/models/new.py").write_text('"""A new architecture."""\n')
    assert study.plan() == {}


def test_an_added_run_trains_that_run_alone(study):
    def add(config):
        config["runs"]["added"] = config["runs"]["digits_noise_20"] | {"title": "added", "seed": 2}
        config["training_dynamics"]["runs"]["added"] = "two_batches_of_40"

    study.configure(add)
    plan = study.plan()
    assert plan["train_run"] == plan["plot_run"] == plan["compare_epochs"] == 1
    assert "plot_comparison" not in plan


def test_a_family_of_the_same_runs_re_runs_nothing_and_a_further_member_itself_alone(study):
    def as_family(*percents):
        def change(config):
            run = next(iter(config["runs"].values()))
            named = {"title": "noise_{percent}", "labels": "noise_{percent}", "axes": {"percent": list(percents)}}
            config["runs"] = {"digits": run | named | {"name": "digits_noise_{percent}"}}
            config["training_dynamics"]["runs"] = {"digits": "two_batches_of_40"}
            config["labels"]["noise_50"] = {"fraction": 0.5}
            config.pop("stitching", None)  # its runs are no part of the family

        return change

    study.configure(as_family(0, 20))
    assert study.plan() == {}
    study.configure(as_family(0, 20, 50))
    plan = study.plan()
    assert plan["train_run"] == plan["compare_epochs"] == plan["plot_run"] == 1
    assert "plot_comparison" not in plan


def test_the_full_replication_plans_every_run_of_the_papers(checkout):
    plan = checkout.plan(config="config/config.yaml")
    measured, gradients, rewound = 3 * 7 * 10 + 2 * 10 + 15 * 5, 4 * 4, 3 * 10  # of paper 2: networks × labels × seeds
    stitched, latent = 3 * 9 * 3, 9 * 6 * 3  # of papers 3 and 4: networks × shares of random labels × seeds
    simulated = 10
    assert plan["train_run"] == 16 + 11 + measured + gradients + stitched + latent
    assert plan["stitch_networks"] == 3 * 3 * (1 + 8 + 1)  # clean, noisy and untrained tails of each seed
    assert plan["compare_with_references"] == 90
    assert plan["measure_subspaces"] == latent
    assert plan["retrain_network"] == 7 * 6 * 3 * 3  # by corrupted and true labels, and their own
    assert plan["simulate_capacity"] == simulated
    assert plan["measure_capacity"] == measured
    assert plan["measure_label_parts"] == gradients
    assert plan["rewind_layers"] == rewound
    assert plan["plot_class_fitting"] == 11
    assert plan["record_representations"] == 16 + 11 + measured + stitched
    assert plan["embed_images"] == rewound
    assert plan["lend_checkpoints"] == 16 + measured + gradients + 2 * rewound + simulated + stitched + latent
    assert plan["drop_checkpoints"] == 16 + measured + gradients + stitched + latent
    assert plan["fetch_weights"] == 2
    assert plan["compare_epochs"] == plan["plot_run"] == 16


def test_the_workflow_is_free_of_lint():
    done = subprocess.run([sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def assert_fails(study, *messages, targets=(), **options):
    """The study stops with each message, no traceback, and no table half-written."""
    done = study.snakemake("--", *targets, **options)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    for message in messages:
        assert message in output
    assert "Traceback" not in output
    assert not list(study.folder.rglob("*.part"))


def test_an_unknown_key_is_named_before_any_work(fresh):
    fresh.configure(lambda config: config.update(trainning_dynamics={}))
    assert_fails(fresh, "unknown key 'trainning_dynamics' (did you mean 'training_dynamics'?)")
    assert not (fresh.folder / "results").exists()


def test_files_that_are_not_there_are_named_together_before_any_work(fresh):
    def mistype(config):
        config["labels"]["human"] = {"file": "human.npy"}
        config["runs"]["digits_noise_20"]["labels"] = "human"
        config["weights"]["own"] = {"architecture": "k2", "hub_identifier": "owner/name", "copy": "own.safetensors"}
        config["memorization"]["published"]["others"] = {"dataset": "digits", "file": "others.npz"}

    fresh.configure(mistype)
    labels, weights = "labels.human.file: there is no file human.npy", "weights.own.copy: there is no file own.safe"
    assert_fails(fresh, labels, weights, "memorization.published.others.file: there is no file data/others.npz")
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize("arguments", [["verify"], ["--mode", "remote"]], ids=["the reviewer", "a job on a node"])
def test_who_starts_no_study_needs_no_files_from_outside(fresh, arguments):
    fresh.configure(lambda config: config["labels"].update(human={"file": "human.npy"}))
    done = fresh.snakemake("--dry-run", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def use_dataset(name):
    def change(config):
        config["datasets"] = {name: {}}
        for trained in (config["runs"], config["memorization"]["estimates"]):
            for run in trained.values():
                run["dataset"] = name

    return change


def test_a_missing_data_set_is_named_with_the_remedy(fresh):
    fresh.configure(use_dataset("mini_imagenet"))
    assert_fails(fresh, "Error: data set 'mini_imagenet' is not on disk", "Set data_root in the config")
    assert not (fresh.folder / "results/micro/data/mini_imagenet/sources.parquet").exists()


def test_a_bad_checksum_is_named(fresh):
    raw = fresh.folder / "copies/MNIST/raw"
    raw.mkdir(parents=True)
    for split in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{split}-{kind}-ubyte.gz").write_bytes(gzip.compress(b"not the digits"))
    fresh.configure(use_dataset("mnist"))
    fresh.configure(lambda config: config.update(data_root=str(fresh.folder / "copies")))
    assert_fails(fresh, "has the md5 checksum", "not the published")


def test_a_loss_that_is_not_finite_stops_the_run_and_leaves_no_table(fresh):
    fresh.configure(lambda config: config["recipes"]["adam"]["optimizer"].update(learning_rate=1e30))
    history = "results/micro/runs/digits_noise_0/history.parquet"
    says = "Error: run digits_noise_0, seed 0: the loss is", "Lower the learning rate"
    assert_fails(fresh, *says, targets=[history])
    assert not (fresh.folder / history).exists()


def test_a_full_disk_is_named_and_what_was_written_before_is_whole(fresh, finished):
    targets = ["results/micro/representations/training_images/digits_noise_0.parquet"]
    assert_fails(fresh, "Error: cannot write results/micro/", "Make room", targets=targets, largest_file=60_000)
    assert same_tables(fresh, finished) > 3


def test_an_unknown_tap_is_named(study):
    study.configure(lambda config: config["representations"]["two_batches_of_40"].update(taps=["stage_9"]))
    assert_fails(study, "stage_9")


def test_runs_of_a_stack_are_trained_in_one_job_and_read_as_runs_of_their_own(fresh):
    def stack(config):
        keep_studies(config, "training_dynamics")
        for run in config["runs"].values():
            run |= {"stack": "both", "recipe": "short"}

    fresh.configure(stack)
    targets = [f"results/micro/representations/two_batches_of_40/{run}.parquet" for run in RUNS]
    plan = fresh.plan("--", *targets)
    assert (plan["train_stack"], plan["take_from_stack"]) == (1, 2)
    assert "train_run" not in plan
    done = fresh.snakemake("--", *targets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert fresh.plan("--", *targets) == {}
    fresh.configure(lambda config: config["runs"]["digits_noise_0"].update(title="another"))
    assert fresh.plan("--", *targets) == {}
