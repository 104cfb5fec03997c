"""Small flaws for a piece of code, one at a time, as a person or a bad merge might make them.

Comparisons are turned round and moved by one step, sums become differences, `and` becomes `or` and loses a
part, conditions are taken as met or as not met, numbers are off by one, minima become maxima, an answer
becomes none and none becomes an answer, a statement or a row of a table is left out. Words, types and
decorators stay as they are.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

Put = Callable[[ast.AST], None]

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
EXCHANGED = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = {"annotation", "returns", "decorator_list", "bases", "defaults", "kw_defaults"}


@dataclass(frozen=True)
class Mutant:
    """One flaw. `unit` is the statement at the top of the file that holds it; `place` names the function."""

    file: str
    place: str
    line: int
    what: str
    unit: ast.stmt
    node: ast.AST
    instead: ast.AST
    put: Put

    @property
    def name(self) -> str:
        return f"{self.file} {self.place}: {self.what}"

    def plant(self) -> None:
        self.put(self.instead)

    def remove(self) -> None:
        self.put(self.node)


def mutants_of(file: str, tree: ast.Module) -> Iterator[Mutant]:
    """Every flaw of a file; each must be removed before the next is planted."""
    seen = Counter[tuple[str, str]]()
    for at, unit in enumerate(tree.body):
        if isinstance(unit, ast.Import | ast.ImportFrom) or _is_words(unit) or _is_type(unit):
            continue
        for place, node, put in _nodes(unit, _into(tree.body, at), ""):
            line = getattr(node, "lineno", unit.lineno)
            for what, instead in _flaws(node):
                seen[place, what] += 1
                nth = f" #{seen[place, what]}" if seen[place, what] > 1 else ""
                yield Mutant(file, place, line, what + nth, unit, node, instead, put)


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type(unit: ast.stmt) -> bool:
    """A name for a type, such as `Rule = Callable[...]`."""
    return isinstance(unit, ast.Assign) and not ast.unparse(unit.targets[0]).lstrip("_").isupper()


def _into(holder: Any, key: str | int) -> Put:
    def put(node: ast.AST) -> None:
        if isinstance(key, int):
            holder[key] = node
        else:
            setattr(holder, key, node)

    return put


def _nodes(node: ast.AST, put: Put, place: str) -> Iterator[tuple[str, ast.AST, Put]]:
    """Every node that can be flawed, with the function it is in and a way to put another in its place."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}" if place else node.name
    yield place, node, put
    for field, value in ast.iter_fields(node):
        if field in UNTOUCHED or isinstance(value, ast.JoinedStr):
            continue
        for at, one in enumerate(value) if isinstance(value, list) else ():
            if isinstance(one, ast.AST) and not _is_words(one):
                yield from _nodes(one, _into(value, at), place)
        if isinstance(value, ast.AST):
            yield from _nodes(value, _into(node, field), place)


def _with(node: ast.AST, **changes: Any) -> ast.AST:
    other = copy(node)
    for field, value in changes.items():
        setattr(other, field, value)
    return other


def _without(some: list[Any], at: int) -> list[Any]:
    return some[:at] + some[at + 1 :]


def _flaws(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    changed = _with(node, ops=[*ops[:at], other(), *ops[at + 1 :]])
                    yield f"{text} -> {ast.unparse(changed)}", changed
        case ast.BinOp(op=op) if type(op) in COUNTED:
            changed = _with(node, op=COUNTED[type(op)]())
            yield f"{text} -> {ast.unparse(changed)}", changed
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield f"{text} -> {ast.unparse(left)}", left
            yield f"{text} -> {ast.unparse(right)}", right
        case ast.BoolOp(op=op, values=values):
            changed = _with(node, op=ast.And() if isinstance(op, ast.Or) else ast.Or())
            yield f"{text} -> {ast.unparse(changed)}", changed
            for at, value in enumerate(values):
                rest = _without(values, at)
                kept = rest[0] if len(rest) == 1 else _with(node, values=rest)
                yield f"{text} without {ast.unparse(value)}", kept
        case ast.UnaryOp(operand=operand):
            yield f"{text} -> {ast.unparse(operand)}", operand
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", ast.copy_location(ast.Constant(not value), node)
        case ast.Constant(value=int() | float() as number):
            yield f"{number} -> {number + 1}", ast.copy_location(ast.Constant(number + 1), node)
        case ast.Call():
            yield from _of_call(node, text)
        case ast.comprehension(ifs=ifs):
            for at, condition in enumerate(ifs):
                yield f"without if {ast.unparse(condition)}", _with(node, ifs=_without(ifs, at))
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts) if not _is_place(node):
            for at, one in enumerate(elts):
                yield f"{text} without {ast.unparse(one)}", _with(node, elts=_without(elts, at))
        case ast.Dict(keys=keys, values=values):
            for at, key in enumerate(keys):
                row = "**" if key is None else ast.unparse(key)
                yield f"without row {row}", _with(node, keys=_without(keys, at), values=_without(values, at))
        case ast.IfExp(test=test):
            yield from _of_condition(node, test)
        case ast.stmt():
            yield from _of_statement(node)


def _is_place(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _of_condition(node: ast.AST, test: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    for met in (True, False):
        constant = ast.copy_location(ast.Constant(met), test)
        yield f"if {ast.unparse(test)} -> if {met}", _with(node, test=constant)


def _of_call(node: ast.Call, text: str) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args) if name in EXCHANGED:
            func = ast.copy_location(ast.Name(EXCHANGED[name], ast.Load()), node)
            yield f"{text} -> {EXCHANGED[name]}", _with(node, func=func)
            if len(args) > 1 and not any(isinstance(one, ast.Starred) for one in args):
                for one in args:
                    yield f"{text} -> {ast.unparse(one)}", one
        case ast.Call(func=ast.Name(id="abs"), args=[inner]):
            yield f"{text} -> {ast.unparse(inner)}", inner
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=str(number)) as told]):
            other = ast.copy_location(ast.Constant(str(float(number) * 1.5)), told)
            yield f"{text} -> {ast.unparse(other)}", _with(node, args=[other])


def _of_statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    left_out = ast.copy_location(ast.Pass(), node)
    match node:
        case ast.Return(value=ast.Constant(value=None)):
            planted = ast.copy_location(ast.Constant("planted"), node)
            yield "return None -> an answer", _with(node, value=planted)
        case ast.Return(value=ast.expr()):
            nothing = ast.copy_location(ast.Constant(None), node)
            yield f"{ast.unparse(node)} -> return None", _with(node, value=nothing)
        case ast.If(test=test) | ast.While(test=test):
            yield from _of_condition(node, test)
        case ast.AugAssign(op=ast.Add()):
            yield f"{ast.unparse(node)} -> -=", _with(node, op=ast.Sub())
            yield f"without {ast.unparse(node)}", left_out
        case ast.Expr() | ast.Break() | ast.Continue() | ast.AugAssign():
            yield f"without {ast.unparse(node)}", left_out
