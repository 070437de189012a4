# What the rules of ../representations.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def set_of(wildcards):
    """A named set of representations."""
    return config["representations"][wildcards.set]


def set_drawing(wildcards):
    """How the images of a set are drawn from their split."""
    images = set_of(wildcards)["images"]
    return {key: value for key, value in images.items() if key != "split"}


def images_drawn_from(wildcards):
    split = set_of(wildcards)["images"]["split"]
    return result(f"data/{wildcards.dataset}/{split}.parquet")


def run_set_images(wildcards):
    """Images of a run's data set that a set takes, or draws some of."""
    return run_images(set_of(wildcards)["images"]["split"])(wildcards)


def run_drawn_images(wildcards):
    """Which of the images a set takes, where it does not take all."""
    if not set_drawing(wildcards):
        return []
    return result(f"images/{run_of(wildcards)['dataset']}/{wildcards.set}.parquet")


def run_set_labels(wildcards):
    """Labels that stand beside feature vectors of training images."""
    taken = set_of(wildcards)
    of_training = taken["images"]["split"] == "train" and taken["form"] != "gram"
    return run_labels(wildcards) if of_training else []


def run_history_of_best(wildcards):
    """A run's history, where a set takes the best epoch."""
    wanted = "best" in set_of(wildcards)["epochs"]
    return result("runs/{run}/history.parquet") if wanted else []


def set_what(wildcards):
    """What is recorded of a run's networks; the images are inputs."""
    return {key: value for key, value in set_of(wildcards).items() if key != "images"}


def recorder_code(wildcards):
    """Code that records a set: other architectures and other forms do not matter to it."""
    architecture, form = run_architecture(wildcards)["name"], set_of(wildcards)["form"]
    modules = f"rote.models.{architecture}", f"rote.representations.forms.{form}"
    return code_with("record_representations", *modules)
