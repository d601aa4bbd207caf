"""All mutants of a file: where each is, how it reads before and after, and the code to run."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from benchmarks.mutants.operators import ASSERTING, replacements

_SHORT = 12  # letters: what is shorter is shown with what it stands in


@dataclass(frozen=True)
class Mutant:
    """One error in one place."""

    file: str  # relative to the repository
    function: str  # dotted; ``<module>`` outside
    before: str
    after: str
    number: int  # from 1, of those in the function that read the same
    line: int
    lines: range  # of the statement that it is in, or empty: not in a function
    index: int  # of those of the file

    @property
    def key(self) -> str:
        """What names it as long as the function reads the same."""
        return "|".join((self.file, self.function, self.before, self.after, str(self.number)))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class _Place:
    """A node that may be replaced, and what is around it."""

    node: ast.AST
    parents: tuple[ast.AST, ...]  # outermost first
    field: str
    position: int | None  # in a list

    def put(self, node: ast.AST) -> None:
        if self.position is None:
            setattr(self.parents[-1], self.field, node)
        else:
            getattr(self.parents[-1], self.field)[self.position] = node


def find_mutants(source: str, file: str) -> list[Mutant]:
    """Every mutant of a source, in order."""
    found: list[Mutant] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for place, new in _errors(ast.parse(source)):
        shown = _shown(place)
        before, after = _texts(place, new, shown)
        function = _function(place.parents)
        seen[function, before, after] += 1
        number = seen[function, before, after]
        line, lines = _line(place), _statement_lines(place)
        found.append(Mutant(file, function, before, after, number, line, lines, len(found)))
    return found


def compile_mutant(source: str, path: str, index: int) -> CodeType:
    """The code of the module with mutant ``index`` of :func:`find_mutants` in it."""
    tree = ast.parse(source)
    for number, (place, new) in enumerate(_errors(tree)):
        if number == index:
            place.put(new)
            return compile(ast.fix_missing_locations(tree), path, "exec")
    raise IndexError(index)


def _errors(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST]]:
    for place in _places(tree, ()):
        for new in replacements(place.node):
            # A call that is a statement of its own is dropped as a whole, once.
            if not isinstance(place.parents[-1], ast.Expr) or isinstance(new, ast.Call):
                yield place, new


def _places(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[_Place]:
    """What the code does: no types, decorators, documentation, imports nor words of errors."""
    inside = (*parents, node)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for position, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _is_silent(child, inside):
                continue
            yield _Place(child, inside, field, position)
            if not isinstance(child, ast.Raise):
                yield from _places(child, inside)


def _is_silent(node: ast.AST, parents: tuple[ast.AST, ...]) -> bool:
    """Whether nothing can go wrong in ``node``."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert):
        return True
    if isinstance(node, ast.keyword):
        return node.arg == ASSERTING
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Yield | ast.Await):
        return True
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return name == "isinstance" or name.endswith(("Error", "warn", "warning"))
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    # Names of types, ``Matrix = A | B``, and what a package offers.
    return isinstance(node, ast.Assign) and isinstance(parents[-1], ast.Module) and _is_type(node)


def _is_type(node: ast.Assign) -> bool:
    name = ast.unparse(node.targets[0])
    union = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
    return name == "__all__" or (union and name[0].isupper()) or isinstance(node.value, ast.Subscript)


def _function(parents: tuple[ast.AST, ...]) -> str:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return ".".join(node.name for node in parents if isinstance(node, kinds)) or "<module>"


def _shown(place: _Place) -> ast.AST:
    """The node, or so much around it that a reader knows where he is."""
    chain = [*place.parents, place.node]
    while len(chain) > 1:
        node, outer = chain[-1], chain[-2]
        if isinstance(node, ast.stmt) or len(_text(node)) >= _SHORT:
            return node
        simple = isinstance(outer, ast.expr | ast.keyword | ast.comprehension | ast.arguments)
        if not simple and not (isinstance(outer, ast.stmt) and not hasattr(outer, "body")):
            return node
        chain.pop()
    return chain[0]


def _texts(place: _Place, new: ast.AST, shown: ast.AST) -> tuple[str, str]:
    old = place.node
    if isinstance(old, ast.Call) and isinstance(new, ast.Call) and len(new.keywords) < len(old.keywords):
        (gone,) = (keyword for keyword in old.keywords if keyword not in new.keywords)
        name = ast.unparse(old.func)
        return f"{name}(..., {_text(gone)})", f"{name}(...)"
    if isinstance(place.parents[-1], ast.arguments) and place.position is not None:
        name = _argument(place.parents[-1], place.field, place.position)
        return f"{name}={_text(old)}", f"{name}={_text(new)}"
    before = _text(shown)
    if shown is old:
        return before, _text(new)
    place.put(new)
    after = _text(shown)
    place.put(old)
    return before, after


def _argument(arguments: ast.arguments, field: str, position: int) -> str:
    """The name of the argument that has a default."""
    if field == "kw_defaults":
        return arguments.kwonlyargs[position].arg
    named = [*arguments.posonlyargs, *arguments.args]
    return named[len(named) - len(arguments.defaults) + position].arg


def _text(node: ast.AST) -> str:
    """One line; of a compound statement the head alone."""
    if isinstance(node, ast.Pass):
        return "(nothing)"
    text = ast.unparse(ast.fix_missing_locations(node))
    head = text.splitlines()[0] if hasattr(node, "body") and isinstance(node, ast.stmt) else text
    return " ".join(head.replace("`", "'").split())


def _line(place: _Place) -> int:
    chain: list[Any] = [*place.parents, place.node]
    return next(node.lineno for node in reversed(chain) if hasattr(node, "lineno"))


def _statement_lines(place: _Place) -> range:
    """Lines of the innermost statement in a function; of a compound one its head."""
    chain: list[Any] = [*place.parents, place.node]
    functions = [n for n, node in enumerate(chain) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    if not functions:
        return range(0)
    statements = [node for node in chain[functions[-1] + 1 :] if isinstance(node, ast.stmt)]
    if not statements:  # a default value, or a lambda
        first, last = chain[functions[-1]].lineno, chain[functions[-1]].end_lineno
        return range(0) if isinstance(chain[functions[-1]], ast.FunctionDef) else range(first, last + 1)
    node = statements[-1]
    if not hasattr(node, "body"):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(node.lineno, max(node.lineno + 1, node.body[0].lineno))
