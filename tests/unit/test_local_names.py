"""Programs that differ in names of local variables come out alike; programs that mean different things never do."""

import ast
import dis
import sys
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rote
from rote.local_names import number_local_names

SOURCE = Path(rote.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

ALIKE = {
    "assignment": ("def f(a):\n x = a\n return x", "def f(a):\n y = a\n return y"),
    "two exchanged": ("def f(a):\n x, y = a\n return x - y", "def f(a):\n y, x = a\n return y - x"),
    "annotation": ("def f():\n x: int = 1\n return x", "def f():\n y: int = 1\n return y"),
    "for": ("def f(a):\n for x in a: print(x)", "def f(a):\n for y in a: print(y)"),
    "with": ("def f(a):\n with a as x: x()", "def f(a):\n with a as y: y()"),
    "except": (
        "def f():\n try: g()\n except E as x: print(x)",
        "def f():\n try: g()\n except E as y: print(y)",
    ),
    "walrus": ("def f(a):\n if (x := a): return x", "def f(a):\n if (y := a): return y"),
    "walrus in a comprehension": (
        "def f(a):\n b = [x := i for i in a]\n return x, b",
        "def f(a):\n b = [y := j for j in a]\n return y, b",
    ),
    "walrus in a lambda": ("f = lambda a: (x := a) + x", "f = lambda a: (y := a) + y"),
    "comprehension of a module": ("v = [x for x in a]", "v = [y for y in a]"),
    "comprehension like what it runs over": ("v = [a for a in a]", "v = [b for b in a]"),
    "comprehension of two loops": (
        "v = {x: y for x in a for y in x if y}",
        "v = {i: j for i in a for j in i if j}",
    ),
    "comprehension of a class": ("class C:\n v = [x for x in a]", "class C:\n v = [y for y in a]"),
    "match": (
        "def f(a):\n match a:\n  case [x, *y] | {'k': x, **y} as z: return x, y, z",
        "def f(a):\n match a:\n  case [i, *j] | {'k': i, **j} as k: return i, j, k",
    ),
    "deletion": ("def f(a):\n x = a\n del x", "def f(a):\n y = a\n del y"),
    "closure": (
        "def f(a):\n x = a\n def g(): return x\n return g",
        "def f(a):\n y = a\n def g(): return y\n return g",
    ),
    "closure of a lambda": ("def f(a):\n x = a\n return lambda: x", "def f(a):\n y = a\n return lambda: y"),
    "local like one of the function inside": (
        "def f(a):\n x = a\n def g():\n  y = 1\n  return y\n return x, g",
        "def f(a):\n x = a\n def g():\n  x = 1\n  return x\n return x, g",
    ),
    "method": ("class C:\n def f(self):\n  x = 1\n  return x", "class C:\n def f(self):\n  y = 1\n  return y"),
    "local like a field": (
        "class C:\n x = 1\n def f(self):\n  x = 2\n  return x",
        "class C:\n x = 1\n def f(self):\n  y = 2\n  return y",
    ),
    "local that a field hides from its class alone": (
        "def f():\n x = 1\n class C:\n  z = 2\n  def g(self): return x\n return C",
        "def f():\n z = 1\n class C:\n  z = 2\n  def g(self): return z\n return C",
    ),
    "local like a function of another scope": (
        "def x(): pass\ndef f():\n x = 1\n return x",
        "def x(): pass\ndef f():\n y = 1\n return y",
    ),
    "coroutine": (
        "async def f(a):\n async for x in a: await x",
        "async def f(a):\n async for y in a: await y",
    ),
    "method named eval without an argument": (
        "def f(m):\n x = m.eval()\n return x",
        "def f(m):\n y = m.eval()\n return y",
    ),
}

DIFFERENT = {
    "operands exchanged": ("def f(a):\n x, y = a\n return x - y", "def f(a):\n x, y = a\n return y - x"),
    "one for another": ("def f(a):\n x, y = a\n return x", "def f(a):\n x, y = a\n return y"),
    "two become one": ("def f(a):\n x = a\n y = 1\n return x", "def f(a):\n x = a\n x = 1\n return x"),
    "a local becomes a global": ("def f():\n x = 1\n return x", "def f():\n x = 1\n return y"),
    "a local shadows a function": ("def f(a):\n x = 1\n return max(a)", "def f(a):\n max = 1\n return max(a)"),
    "a comprehension shadows": ("v = [y for x in a]", "v = [x for x in a]"),
    "what a comprehension runs over": (
        "def f(a):\n x = a\n return [x for x in a]",
        "def f(a):\n x = a\n return [x for y in a]",
    ),
    "a variable of the function around": (
        "def f():\n x = 1\n def g():\n  x = 2\n  return x\n return x",
        "def f():\n x = 1\n def g():\n  y = 2\n  return x\n return x",
    ),
    "global": ("def f():\n x = 1", "def f():\n global x\n x = 1"),
    "another global": ("def f():\n global x\n x = 1", "def f():\n global y\n y = 1"),
    "nonlocal": (
        "def f():\n x = 1\n def g():\n  x = 2\n g()\n return x",
        "def f():\n x = 1\n def g():\n  nonlocal x\n  x = 2\n g()\n return x",
    ),
    "which of two is nonlocal": (
        "def f():\n x, y = 1, 2\n def g():\n  nonlocal x\n  x = 3\n return x",
        "def f():\n x, y = 1, 2\n def g():\n  nonlocal y\n  y = 3\n return x",
    ),
    "where the one that is nonlocal stands": (
        "def f():\n x, y = 1, 2\n def g():\n  nonlocal x\n  x = 3\n g()\n return x",
        "def f():\n y, x = 1, 2\n def g():\n  nonlocal x\n  x = 3\n g()\n return y",
    ),
    "parameter": ("def f(x): return x", "def f(y): return y"),
    "parameter of a lambda": ("f = lambda x: x", "f = lambda y: y"),
    "keyword": ("def f(a):\n x = 1\n g(x=x)", "def f(a):\n y = 1\n g(y=y)"),
    "attribute": ("def f(a):\n return a.x", "def f(a):\n return a.y"),
    "field": ("class C:\n x: int = 1", "class C:\n y: int = 1"),
    "field of a local class": (
        "def f():\n class C:\n  x = 1\n return C",
        "def f():\n class C:\n  y = 1\n return C",
    ),
    "function inside": ("def f():\n def x(): pass\n return x", "def f():\n def y(): pass\n return y"),
    "import inside": ("def f():\n import x\n return x", "def f():\n import y\n return y"),
    "global of a module": ("x = 1", "y = 1"),
    "loop of a module": ("for x in a: pass", "for y in a: pass"),
    "locals": ("def f():\n x = 1\n return locals()", "def f():\n y = 1\n return locals()"),
    "locals of a comprehension": ("v = [locals() for x in a]", "v = [locals() for y in a]"),
    "eval in a function inside": (
        "def f():\n x = 1\n def g(): return x, eval('x')\n return g",
        "def f():\n y = 1\n def g(): return y, eval('x')\n return g",
    ),
    "query of a data frame": (
        "def f(t):\n x, y = 1, 2\n return t.query('score > @x')",
        "def f(t):\n y, x = 1, 2\n return t.query('score > @x')",
    ),
    "f-string that names": ("def f():\n x = 1\n return f'{x=}'", "def f():\n y = 1\n return f'{y=}'"),
    "name that a class mangles": (
        "def f():\n __x = 1\n class C:\n  v = __x",
        "def f():\n __y = 1\n class C:\n  v = __y",
    ),
    "annotation of a field": ("class C:\n x: int", "class C:\n x: float"),
    "constants of one value": ("x = 1", "x = True"),
}


def numbered(program):
    return ast.dump(number_local_names(ast.parse(program)))


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_renamed_variables_come_out_alike(pair):
    one, other = pair
    assert ast.dump(ast.parse(one)) != ast.dump(ast.parse(other))
    assert numbered(one) == numbered(other)


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_programs_of_different_meaning_stay_different(pair):
    one, other = pair
    assert numbered(one) != numbered(other)


NAMES = ["a", "b", "c", "d"]
names = st.sampled_from(NAMES)
operations = st.sampled_from(["+", "-", "*"])
statements = st.one_of(
    st.builds("{} = {} {} {}".format, names, names, operations, names),
    st.builds("{} = sum({} {} {} for {} in (2, 5))".format, names, names, operations, names, names),
    st.builds("{} = (lambda: {} {} {})()".format, names, names, operations, names),
    st.builds("{} = [{} := {} {} 3, 7][0]".format, names, names, names, operations),
)
programs = st.lists(statements, min_size=1, max_size=5)


def program(lines, renaming):
    """Source of a function of no parameter that sets four variables, computes with them and returns them all."""
    first = [f"{name} = {value}" for name, value in zip(NAMES, (3, 11, 29, 101), strict=True)]
    body = "\n".join(f"    {line}" for line in [*first, *lines, "return a, b, c, d"])
    tree = ast.parse(f"def f():\n{body}\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = renaming.get(node.id, node.id)
    return ast.unparse(tree)


def result(source):
    space = {}
    exec(source, space)
    return space["f"]()


@given(programs, st.permutations(["a", "b", "x", "y"]))
def test_a_renaming_one_to_one_comes_out_alike(lines, new_names):
    renaming = dict(zip(NAMES, new_names, strict=True))
    assert numbered(program(lines, renaming)) == numbered(program(lines, {}))


@given(programs, programs, st.lists(names, min_size=4, max_size=4))
def test_what_comes_out_alike_computes_the_same(lines, other_lines, new_names):
    renaming = dict(zip(NAMES, new_names, strict=True))
    sources = program(lines, {}), program(lines, renaming), program(other_lines, {})
    results = {}
    for source in sources:
        assert results.setdefault(numbered(source), result(source)) == result(source)


VARIABLES = ("FAST", "DEREF", "CLOSURE", "CLASSDEREF")
LEFT_OUT = ("MAKE_CELL", "PUSH_NULL", "PRECALL", "EXTENDED_ARG")  # order and forms that a name decides


def instructions(code):
    found = [instruction for instruction in dis.get_instructions(code) if instruction.opname not in LEFT_OUT]
    return [(one.opname.replace("METHOD", "ATTR"), one.argval, one.is_jump_target) for one in found]


def assert_same_meaning(code, other):
    """The same instructions on the same values, variables alone renamed, one to one."""
    n_parameters = code.co_argcount + code.co_kwonlyargcount
    assert code.co_varnames[:n_parameters] == other.co_varnames[:n_parameters]
    new_names = {}
    for (name, value, _), (other_name, other_value, _) in zip(instructions(code), instructions(other), strict=True):
        assert name == other_name
        if isinstance(value, CodeType):
            assert_same_meaning(value, other_value)
        elif name.endswith("_CLOSURE"):
            continue  # cells are put in order of their names; each is found again where it is read
        elif name.endswith(VARIABLES):
            assert new_names.setdefault(value, other_value) == other_value
        elif "JUMP" not in name and name not in ("FOR_ITER", "SEND"):
            assert value == other_value
    assert len(set(new_names.values())) == len(new_names)


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="newer bytecode runs comprehensions in the function around")
def test_every_module_compiles_to_the_same_instructions_with_its_variables_numbered():
    n_changed = 0
    for path in FILES:
        text = path.read_text()
        tree = number_local_names(ast.parse(text))
        n_changed += ast.dump(tree) != ast.dump(ast.parse(text))
        assert_same_meaning(compile(text, path, "exec"), compile(tree, path, "exec"))
    assert n_changed > 100
