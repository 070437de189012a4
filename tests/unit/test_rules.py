"""What is written once in the rules: what all share in common.smk, and each look-up in the file of its study."""

import ast
import re
from collections import defaultdict
from pathlib import Path

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.rglob("*.smk"))


def look_ups(path):
    """The functions at the top of a file of rules; all else there is Snakemake's language."""
    texts = re.findall(r"^def .*\n(?:(?:[ \t].*)?\n)*?(?=\S|\Z)", path.read_text(encoding="utf-8"), re.M)
    return [ast.parse(text).body[0] for text in texts]


def what_it_does(function):
    """A function without its name and docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return ast.dump(function.args) + "".join(map(ast.dump, body))


def several(key):
    """What more than one look-up has in common, with where they stand."""
    found = defaultdict(list)
    for path in FILES:
        for function in look_ups(path):
            found[key(function)].append(f"{path.relative_to(RULES)}: {function.name}")
    return [places for places in found.values() if len(places) > 1]


def test_every_function_of_the_rules_is_seen():
    for path in FILES:
        assert len(look_ups(path)) == len(re.findall(r"^def ", path.read_text(encoding="utf-8"), re.M))


def test_what_all_rules_share_is_at_most_160_lines():
    assert len((RULES / "common.smk").read_text(encoding="utf-8").splitlines()) <= 160


def test_no_two_look_ups_have_the_same_name():
    assert several(lambda function: function.name) == []


def test_no_two_look_ups_do_the_same():
    assert several(what_it_does) == []
