"""The errors that are put in: for a node of the syntax tree, the nodes that may stand in its place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_TURNED = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)  # swapping one is denying it
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_NAMES = {
    "min": "max",
    "sum": "mean",
    "any": "all",
    "minimum": "maximum",
    "floor": "ceil",
    "rint": "trunc",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "argmin": "argmax",
    "amin": "amax",
}
_NAMES |= {after: before for before, after in _NAMES.items()}
_BUILTINS = {"min", "max", "any", "all"}  # those of _NAMES that are functions by themselves
_NO_OPERATION = {"abs", "sorted", "round", "ceil", "floor", "sqrt"}  # a call of one: its argument
_SORTS = {"argsort", "sort", "topk", "argmax", "argmin"}  # of a library: by the negated key
# Calls of a method without arguments that give the same kind of thing: without one the next line still runs.
_ALIKE = {"abs", "eval", "float", "double", "half", "lower", "upper", "strip", "resolve", "square", "sqrt"}

ASSERTING = "strict"  # of zip: an assertion, which no input should ever meet


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of ``node``, which stays as it is; the same at every call."""
    for kind, errors in _BY_KIND.items():
        if isinstance(node, kind):
            yield from (ast.copy_location(new, node) for new in errors(node))


def _with(node: ast.AST, **changes: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in changes.items():
        setattr(new, name, value)
    return new


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        ops = list(node.ops)
        ops[index] = _COMPARISONS[type(operator)]()
        yield _with(node, ops=ops)


def _arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    if type(node.op) in _ARITHMETIC:
        yield _with(node, op=_ARITHMETIC[type(node.op)]())


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield _with(node, value=not node.value)
    elif isinstance(node.value, int | float):
        yield _with(node, value=node.value + 1)
        if node.value >= 1:
            yield _with(node, value=node.value - 1)


def _boolean(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand


def _branch(node: ast.If | ast.While | ast.IfExp) -> Iterator[ast.AST]:
    denied = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    if denied or (isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], _TURNED)):
        return  # other errors turn it round
    yield _with(node, test=ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test))


def _condition(node: ast.comprehension) -> Iterator[ast.AST]:
    if node.ifs:
        yield _with(node, ifs=node.ifs[:-1])


def _call(node: ast.Call) -> Iterator[ast.AST]:
    name = _called(node)
    swapped = _NAMES.get(name)
    if isinstance(node.func, ast.Attribute):
        if swapped is not None:
            yield _with(node, func=_with(node.func, attr=swapped))
        of_library = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "torch")
        if of_library and name in _SORTS and node.args and not isinstance(node.args[0], ast.UnaryOp):
            yield _with(node, args=[_negated(node.args[0]), *node.args[1:]])
        if not node.args and not node.keywords and name in _ALIKE:
            yield node.func.value
    elif swapped in _BUILTINS:
        yield _with(node, func=_with(node.func, id=swapped))
    if name in _NO_OPERATION and len(node.args) == 1:
        yield node.args[0]
    for keyword in node.keywords:
        # A class mostly needs all that it is given.
        if keyword.arg not in (None, ASSERTING) and not name[:1].isupper():
            yield _with(node, keywords=[other for other in node.keywords if other is not keyword])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _negated(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.USub(), node), node)


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    stores = isinstance(node, ast.Assign) and not any(
        isinstance(t, ast.Name | ast.Tuple) for t in node.targets
    )
    if stores or not isinstance(node, ast.Assign):
        yield ast.Pass()


_BY_KIND: dict[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    (ast.BinOp, ast.AugAssign): _arithmetic,
    ast.Constant: _constant,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    (ast.If, ast.While, ast.IfExp): _branch,
    ast.comprehension: _condition,
    ast.Call: _call,
    (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break): _statement,
}
