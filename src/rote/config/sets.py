"""Sets of representations before they are validated: those that go without saying, and what they leave out."""

from collections.abc import Mapping
from typing import Any

from rote.config.faults import Fault
from rote.config.forms import computed_defaults

GRAM_ROWS, FEATURE_VECTORS, MANIFOLDS = ("gram",), ("pooled", "flat"), ("manifolds",)  # forms, by what studies take

# What a set leaves out, by its forms.
LEFT_OUT = {
    GRAM_ROWS: {"epochs": "all", "unrelated_initialisations": 3},
    FEATURE_VECTORS: {"epochs": "last", "unrelated_initialisations": 0},
    MANIFOLDS: {
        "epochs": "last",
        "unrelated_initialisations": 0,
        "images_per_class": 50,
        "least_images_per_class": 20,
    },
}


def named(config: Mapping[str, Any], forms: tuple[str, ...]) -> list[str]:
    """Names of a configuration's sets of some forms; the configuration need not be valid."""
    given = config.get("representations")
    entries = given.items() if isinstance(given, Mapping) else ()
    return [name for name, entry in entries if isinstance(entry, Mapping) and entry.get("form") in forms]


def with_usual_sets(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the usual set of Gram rows where it names none, and that of feature vectors likewise."""
    given = config.get("representations", {})
    if not isinstance(given, Mapping):
        return dict(config)
    missing = {
        name: entry
        for forms in (GRAM_ROWS, FEATURE_VECTORS)
        for name, entry in computed_defaults("Study")["representations"].items()
        if entry["form"] in forms and not named(config, forms)
    }
    return {**config, "representations": {**missing, **given}}


def with_sets_of_reductions(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The configuration with a set named by every reduction of class fitting, and those that cannot be guessed."""
    fitting, faults = config.get("class_fitting"), []
    reductions = fitting.get("reductions") if isinstance(fitting, Mapping) else None
    if not isinstance(fitting, Mapping) or not isinstance(reductions, Mapping):
        return dict(config), []
    choice, whole = named(config, FEATURE_VECTORS), {}
    for name, entry in reductions.items():
        whole[name] = entry
        if isinstance(entry, Mapping) and "representations" not in entry:
            if len(choice) != 1:
                says = f"there are several sets of feature vectors, {', '.join(choice)}: name one as representations"
                faults.append(Fault(("class_fitting", "reductions", name), says))
            else:
                whole[name] = {"representations": choice[0], **entry}
    return {**config, "class_fitting": {**fitting, "reductions": whole}}, faults


def fill_in(entry: dict[str, Any]) -> None:
    """Give a set what it leaves out, in place."""
    for forms, left_out in LEFT_OUT.items():
        for key, value in left_out.items() if entry["form"] in forms else ():
            entry.setdefault(key, value)
