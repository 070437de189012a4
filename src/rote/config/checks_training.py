"""What is trained must fit its images, its batches and those that it is trained with."""

from collections.abc import Iterator

from rote.config.architectures.vision_transformer import VisionTransformer
from rote.config.checks_shared import everything_trained, trained_with_sizes
from rote.config.faults import Fault, Path
from rote.config.memorization import Estimate
from rote.config.run import Run
from rote.config.study import Study
from rote.config.traits import normalises_batches, trains_side_by_side


def subsets(study: Study) -> Iterator[Fault]:
    """Subsets larger than the data set."""
    for path, trained, size in trained_with_sizes(study):
        n = size.n_train
        if isinstance(trained, Run) and trained.subset is not None and trained.subset > n:
            says = f"{trained.subset} is given, and {trained.dataset} has {n} training examples: lower it"
            yield Fault((*path, "subset"), says)
        if isinstance(trained, Estimate) and int(trained.fraction * n) < 1:
            yield Fault((*path, "fraction"), f"{trained.fraction} of {n} training examples are none: raise it")


def batches(study: Study) -> Iterator[Fault]:
    """Recipes that a network cannot be trained by."""
    sizes = {path: size.n_train for path, _, size in trained_with_sizes(study)}
    for path, trained in everything_trained(study):
        recipe, n_all = study.recipes[trained.recipe], sizes.get(path)
        normalised, size = normalises_batches(study.architectures[trained.architecture]), recipe.batch_size
        if isinstance(trained, Run):
            subset = trained.subset
        else:
            subset = None if n_all is None else int(trained.fraction * n_all)
        n = n_all if subset is None else subset
        faulty = f"recipes.{trained.recipe} has a batch_size of {size}, and"
        if normalised and 1 in (size, n):
            says = f"{faulty} batch normalisation needs 2 examples or more in a batch: raise batch_size or subset"
            yield Fault(path, says)
        elif n is not None and n < size and recipe.drop_last:
            whole = f"{n} examples do" if subset is None else f"a subset of {n} does"
            yield Fault(path, f"{faulty} {whole} not fill it: lower it, or set drop_last to false")
        elif n is not None and normalised and n % size == 1 and not recipe.drop_last:
            of = f"of {n} examples" if subset is None else f"of a subset of {n}"
            says = f"{faulty} {of} one is left for the last: set drop_last or another batch_size or subset"
            yield Fault(path, says)


def images_of_architectures(study: Study) -> Iterator[Fault]:
    """Batches that the examples cannot fill, or that leave one example to batch normalisation."""
    for path, trained, size in trained_with_sizes(study):
        architecture = study.architectures[trained.architecture]
        height, width, channels = size.image_shape
        if isinstance(architecture, VisionTransformer) and (height != width or height % architecture.patch_size):
            says = (
                f"images of {height}×{width} pixels do not divide into patches of {architecture.patch_size}: change "
                f"patch_size of architectures.{trained.architecture}"
            )
            yield Fault((*path, "architecture"), says)
        if architecture.takes_weights and channels not in (1, 3):
            says = (
                f"a pre-trained network takes grey or colour images, and {trained.dataset}'s have {channels} channels"
            )
            yield Fault((*path, "architecture"), says)


def starting_weights(study: Study) -> Iterator[Fault]:
    """Images that do not divide into the patches of an architecture."""
    for name, run in study.runs.items():
        if run.starting_weights is None:
            continue
        path, of = ("runs", name, "starting_weights"), study.weights[run.starting_weights].architecture
        if not study.architectures[of].takes_weights:
            says = f"architectures.{of} takes no weights from the hub: choose an architecture pretrained_…"
            yield Fault(("weights", run.starting_weights, "architecture"), says)
        elif study.architectures[of] != study.architectures[run.architecture]:
            says = f"these are weights of architectures.{of}, and the run has {run.architecture}: name one of its own"
            yield Fault(path, says)


def stacks_of_runs(study: Study) -> Iterator[Fault]:
    """Weights of another architecture than the run."""
    stacks: dict[str, str] = {}
    for name, run in study.runs.items():
        if run.stack is None:
            continue
        path, first = ("runs", name, "stack"), stacks.setdefault(run.stack, name)
        other = study.runs[first]
        for key in ("dataset", "architecture", "recipe", "subset"):
            if getattr(run, key) != getattr(other, key):
                says = f"{run.stack!r} is also the stack of {first!r}, which has another {key}: name another stack"
                yield Fault(path, says)
        if not trains_side_by_side(study.architectures[run.architecture]):
            says = f"networks of architectures.{run.architecture} are trained one at a time: leave stack out"
            yield Fault(path, says)
        if study.drop_checkpoints:
            says = "what was trained in a stack cannot be trained again alone: set drop_checkpoints to false"
            yield Fault(path, f"{says}, or leave stack out")


def stacks_of_trials(study: Study) -> Iterator[Fault]:
    """Runs of one stack that cannot be trained together."""
    for name, estimate in study.memorization.estimates.items():
        if estimate.stack_size > 1:
            yield from _side_by_side(study, estimate, ("memorization", "estimates", name, "stack_size"))


def stacks_of_bins(study: Study) -> Iterator[Fault]:
    """Trials that cannot be trained side by side."""
    bins, path = study.class_fitting.density_bins, ("class_fitting", "density_bins", "stack_size")
    number, size = bins.number, bins.stack_size
    if size == 1:
        return
    if number % size:
        divisors = ", ".join(str(divisor) for divisor in range(1, number + 1) if number % divisor == 0)
        yield Fault(path, f"{size} does not divide the {number} bins: give one of {divisors}")
    for name in study.class_fitting.scores:
        yield from _side_by_side(study, study.runs[name], path)


def _side_by_side(study: Study, trained: Run | Estimate, path: Path) -> Iterator[Fault]:
    """What keeps networks from being trained together."""
    if not trains_side_by_side(study.architectures[trained.architecture]):
        yield Fault(path, f"networks of architectures.{trained.architecture} are trained one at a time: set it to 1")


def number_of_bins(study: Study) -> Iterator[Fault]:
    """Networks without density bins that cannot be trained side by side."""
    number = study.class_fitting.density_bins.number
    for path, trained, size in trained_with_sizes(study):
        if path[-1] in study.class_fitting.scores and isinstance(trained, Run) and number > size.n_train:
            says = f"{number} is given, and {trained.dataset} has {size.n_train} training examples: lower it"
            yield Fault(("class_fitting", "density_bins", "number"), says)
