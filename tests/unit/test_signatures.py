"""No function of the library takes more arguments than a reader can hold; an estimator's settings are its own."""

import ast
from pathlib import Path

import pytest

import rote

SOURCE = Path(rote.__file__).parent
MOST = 8


def functions(node, name, in_estimator=False):
    """Every function below a node, by its dotted name, but an estimator's `__init__`."""
    for child in ast.iter_child_nodes(node):
        inner = f"{name}.{child.name}" if hasattr(child, "name") else name
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not (
            in_estimator and child.name == "__init__"
        ):
            yield inner, child
        of_estimator = isinstance(child, ast.ClassDef) and "BaseEstimator" in map(ast.unparse, child.bases)
        yield from functions(child, inner, of_estimator)


def n_arguments(function):
    """How many arguments a caller gives, `*args` and `**options` one each."""
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")]) + bool(given.vararg) + bool(given.kwarg)


def with_more(source, name):
    return {found for found, function in functions(ast.parse(source), name) if n_arguments(function) > MOST}


@pytest.fixture(scope="module")
def found():
    """Functions of the library that take more, by their names within `rote`."""
    paths = {path: ".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in SOURCE.rglob("*.py")}
    return set().union(*(with_more(path.read_text(encoding="utf-8"), name) for path, name in paths.items()))


def test_no_function_takes_more_than_eight_arguments(found):
    assert found == set()


@pytest.mark.parametrize(
    ("signature", "number"),
    [
        ("self, a, b", 2),
        ("cls, a=1", 1),
        ("a, /, b, *, c", 3),
        ("a, *args", 2),
        ("*args, c, **options", 3),
        ("", 0),
    ],
)
def test_an_argument_is_what_a_caller_gives(signature, number):
    assert n_arguments(ast.parse(f"def f({signature}): ...").body[0]) == number


NINE = "def {}(self, a, b, c, d, e, f, g, h, i): ..."


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (NINE.format("f"), {"m.f"}),
        (f"class A(BaseEstimator):\n {NINE.format('__init__')}", set()),
        (f"class A(BaseEstimator):\n {NINE.format('fit')}", {"m.A.fit"}),
        (f"class A(Other):\n {NINE.format('__init__')}", {"m.A.__init__"}),
        (f"def f():\n {NINE.format('g')}", {"m.f.g"}),
        (f"if True:\n {NINE.format('f')}", {"m.f"}),
    ],
    ids=["function", "estimator", "its method", "another class", "inner function", "under a condition"],
)
def test_only_an_estimator_s_init_may_take_more(source, names):
    assert with_more(source, "m") == names
