# What the rules of ../representations.smk look up in the configuration: Snakemake's lint wants functions apart from rules.

MANIFOLD_SIZES = "images_per_class", "least_images_per_class"


def set_of(wildcards):
    """A named set of representations."""
    return config["representations"][wildcards.set]


def is_of_manifolds(wildcards):
    """Whether the images of a set are drawn by the labels of a run, of both splits."""
    return set_of(wildcards)["form"] == "manifolds"


def set_drawing(wildcards):
    """How the images of a set are drawn from their split."""
    images = set_of(wildcards)["images"]
    return {key: value for key, value in images.items() if key != "split"}


def images_drawn_from(wildcards):
    split = set_of(wildcards)["images"]["split"]
    return result(f"data/{wildcards.dataset}/{split}.parquet")


def run_set_images(wildcards):
    """Images of a run's data set that a set takes, or draws some of."""
    split = (
        "train" if is_of_manifolds(wildcards) else set_of(wildcards)["images"]["split"]
    )
    return run_images(split)(wildcards)


def run_test_images_of_set(wildcards):
    """Test images that a set takes beside training images."""
    return run_images("test")(wildcards) if is_of_manifolds(wildcards) else []


def run_drawn_images(wildcards):
    """Which of the images a set takes, where it does not take all."""
    if is_of_manifolds(wildcards):
        return result("manifolds/{set}/{run}.parquet")
    if not set_drawing(wildcards):
        return []
    return result(f"images/{run_of(wildcards)['dataset']}/{wildcards.set}.parquet")


def run_set_labels(wildcards):
    """Labels that stand beside feature vectors of training images."""
    taken = set_of(wildcards)
    of_vectors = taken["form"] not in ("gram", "manifolds")
    of_training = of_vectors and taken["images"]["split"] == "train"
    return run_labels(wildcards) if of_training else []


def run_history_of_best(wildcards):
    """A run's history, where a set takes the best epoch."""
    wanted = "best" in set_of(wildcards)["epochs"]
    return result("runs/{run}/history.parquet") if wanted else []


def set_what(wildcards):
    """What is recorded of a run's networks; the images are inputs."""
    of_images = "images", *MANIFOLD_SIZES
    return {
        key: value for key, value in set_of(wildcards).items() if key not in of_images
    }


def manifold_drawing(wildcards):
    """How many images of each class are drawn, among those that a run sees."""
    sizes = {key: set_of(wildcards)[key] for key in MANIFOLD_SIZES}
    run = run_of(wildcards)
    return {**sizes, "subset": run["subset"]} if "subset" in run else sizes


def labels_key(wildcards):
    """Key of what is drawn for a data set and its labels: runs that share them share the draw."""
    run = run_of(wildcards)
    return f"{run['dataset']}, {run['labels']}, seed {run['label_seed']}"


def recorder_code(wildcards):
    """Code that records a set: other architectures and other forms do not matter to it."""
    architecture, form = run_architecture(wildcards)["name"], set_of(wildcards)["form"]
    modules = f"rote.models.{architecture}", f"rote.representations.forms.{form}"
    return code_with("record_representations", *modules)
