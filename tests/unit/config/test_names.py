import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.config.files import load
from rote.config.names import GROUPS, LONGEST, faulty_names
from rote.config.reference import ROOT, schema
from rote.config.validation import resolved
from rote.errors import ConfigError

DEMO = load(ROOT / "config/demo.yaml")
SECTIONS = [section for group in GROUPS for section in group]


def with_names(section, *names):
    """A configuration that has nothing but these names in a section."""
    *folders, last = section.split(".")
    config = {last: {name: {} for name in names}}
    for folder in reversed(folders):
        config = {folder: config}
    return config


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", ["digits_20", "0.2", "a-b", "2x", "x" * LONGEST])
def test_letters_digits_and_signs_inside_make_a_name(section, name):
    assert list(faulty_names(with_names(section, name))) == []


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("a/b", "'a_b'"),
        ("../a", "'a'"),
        ("a..b", "'a.b'"),
        ("", "'a_name'"),
        ("two words", "'two_words'"),
        ("-n", "'n'"),
        (".hidden", "'hidden'"),
        ("{run}", "'run'"),
        ("größe", "'gr_e'"),
        ("a\n", "'a'"),
        ("x" * (LONGEST + 1), repr("x" * LONGEST)),
    ],
)
def test_any_other_text_is_refused_in_every_section_with_what_to_write(section, name, instead):
    (fault,) = map(str, faulty_names(with_names(section, name)))
    assert fault.startswith(f"{section}: {name!r} cannot be a name")
    assert fault.endswith(f"such as {instead}")


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("name", "kind"), [(20, "a number"), (0.2, "a number"), (True, "true or false"), (None, "nothing")]
)
def test_what_yaml_does_not_read_as_text_is_refused_with_the_advice_to_quote_it(section, name, kind):
    (fault,) = map(str, faulty_names(with_names(section, name)))
    assert fault == f"{section}: the name {name!r} is no text. YAML reads it as {kind}, not as text: put it into quotes"


@given(st.text(max_size=LONGEST + 5))
def test_the_name_that_a_message_suggests_is_one(name):
    for fault in map(str, faulty_names({"name": name})):
        suggested = fault.rsplit("such as ", 1)[1].strip("'")
        assert list(faulty_names({"name": suggested})) == []


def test_names_that_differ_in_letter_case_alone_are_refused():
    (fault,) = map(str, faulty_names(with_names("runs", "noise", "Noise", "other")))
    assert fault == "runs: 'Noise' and 'noise' differ in letter case alone: give one of them another name"


def test_names_of_one_folder_are_held_against_one_another():
    config = {"memorization": {"published": {"Scores": {}}, "estimates": {"scores": {}}}}
    (fault,) = map(str, faulty_names(config))
    assert "'Scores' and 'scores' differ in letter case alone" in fault


def test_the_name_of_the_study_keeps_the_rule():
    (fault,) = map(str, faulty_names({"name": "../elsewhere"}))
    assert fault.startswith("name: '../elsewhere' cannot be a name")


def test_every_section_with_names_of_the_user_s_choice_is_held_to_the_rule():
    """A section whose keys the schema leaves open, and whose entries are no references."""
    whole = schema()

    def open_sections(node, path):
        node = {**whole["$defs"].get(node.get("$ref", "").removeprefix("#/$defs/"), {}), **node}
        named = node.get("additionalProperties")
        if isinstance(named, dict) and "propertyNames" not in node and ("$ref" in named or "anyOf" in named):
            yield path
        for key, child in node.get("properties", {}).items():
            yield from open_sections(child, f"{path}.{key}" if path else key)

    assert sorted(open_sections(whole, "")) == sorted(SECTIONS)


def test_faulty_names_stand_in_one_message_with_all_other_faults():
    config = copy.deepcopy(DEMO)
    config["labels"][20] = {}
    config["recipes"]["a/b"] = config["recipes"]["adam"]
    config["seeed"] = 1
    with pytest.raises(ConfigError) as error:
        resolved(config)
    for part in ("labels: the name 20", "recipes: 'a/b'", "'seeed'"):
        assert part in str(error.value)
