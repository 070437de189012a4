"""Local variables under canonical names, so that a digest of code does not depend on what they are called."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def number_local_names(tree: ast.Module) -> ast.Module:
    """Replace the names of every function's local variables, in place, by numbers in order of first appearance.

    Only names that no other code can know are changed, and to names that no source can hold, so the program means
    what it meant, and two programs that come out alike mean the same. A name stays where it may be known elsewhere:
    globals, attributes, parameters (given by keyword), functions, classes and imports inside functions, what is
    declared `global` or `nonlocal`, what a class would mangle, and every name of a function that may read variables
    by name (`locals`, `eval` and the like).

    Parameters
    ----------
    tree : ast.Module
        A syntax tree.

    Returns
    -------
    ast.Module
        The same tree.
    """
    nodes = list(ast.walk(tree))
    declared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    readers = {node for node in nodes if _reads_names(node)}
    _rename(tree, _Scope(None, declared, readers))
    return tree


@dataclass
class _Scope:
    """What a module, a class, a function or a comprehension binds: names that stay, and variables to number."""

    outer: "_Scope | None"
    declared: set[str]
    readers: set[ast.AST]
    is_class: bool = False
    staying: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1

    def new_name(self, name: str) -> str:
        """What a name that is used in this scope is called from now on."""
        if name in self.staying:
            return name
        if name in self.variables:
            return f"{self.depth}.{self.numbers.setdefault(name, len(self.numbers))}"
        outer = self.outer
        while outer is not None and outer.is_class:  # a function does not see the names of a class around it
            outer = outer.outer
        return name if outer is None else outer.new_name(name)


def _rename(node: ast.AST, scope: _Scope) -> None:
    match node:
        case ast.Name(id=name):
            node.id = scope.new_name(name)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            node.name = scope.new_name(name)
        case ast.MatchMapping(rest=str(name)):
            node.rest = scope.new_name(name)
    here, within = _parts(node)
    for part in here:
        _rename(part, scope)
    if within:
        inner = _scope(node, within, scope)
        for part in within:
            _rename(part, inner)


def _parts(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """Children of a node that belong to the scope it stands in, and those in the scope that it opens."""
    match node:
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
            within: list[ast.AST] = list(body)
        case ast.Lambda(body=result):
            within = [result]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            first, *others = node.generators
            results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            return [first.iter], [first.target, *first.ifs, *others, *results]
        case _:
            within = []
    return [child for child in ast.iter_child_nodes(node) if child not in within], within


def _scope(node: ast.AST, within: list[ast.AST], outer: _Scope) -> _Scope:
    """The scope that a node opens."""
    scope = _Scope(outer, outer.declared, outer.readers, isinstance(node, ast.ClassDef))
    all_stay = scope.is_class or (outer.readers and not outer.readers.isdisjoint(ast.walk(node)))
    if isinstance(node, COMPREHENSIONS):
        bound = [(name, True) for loop in node.generators for name, _ in _bound(loop.target)]
    else:
        bound = [found for part in within for found in _bound(part)]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        bound += [(found.arg, False) for found in ast.walk(node.args) if isinstance(found, ast.arg)]
    for name, is_variable in bound:
        stays = all_stay or not is_variable or name in scope.declared or name.startswith("__")
        (scope.staying if stays else scope.variables).add(name)
    return scope


def _bound(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Names that a statement or expression binds in its own scope, and whether each is a mere variable there."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name, True
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, True
        case ast.MatchMapping(rest=str(name)):
            yield name, True
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, False
        case ast.alias():
            yield (node.asname or node.name).partition(".")[0], False
    here, within = _parts(node)
    for part in here:
        yield from _bound(part)
    if isinstance(node, COMPREHENSIONS):  # `:=` binds outside of the comprehension it stands in
        targets = {name for loop in node.generators for name, _ in _bound(loop.target)}
        yield from ((name, v) for part in within for name, v in _bound(part) if name not in targets)


def _reads_names(node: ast.AST) -> bool:
    """Whether a node may read variables by their names."""
    match node:
        case ast.Name(id="eval" | "exec" | "locals") | ast.Attribute(attr="_getframe" | "currentframe"):
            return True
        case ast.Call(func=ast.Name(id="dir" | "vars"), args=[]):
            return True
        case ast.Call(func=ast.Name(id="objmode") | ast.Attribute(attr="objmode")):  # of numba
            return True
        case ast.Call(func=ast.Attribute(attr="eval" | "query"), args=[_, *_]):  # of pandas: "score > @threshold"
            return True
    return False
