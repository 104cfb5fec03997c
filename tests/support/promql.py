"""The few parts of PromQL that the alert rules use, evaluated on the samples of text files.

Parsing is the real grammar's; evaluated is one instant, so that a value "over time" is the one in the file.
Anything else is an error: an expression that needs more is not checked by looking away.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import promql_parser as promql

NAME = "__name__"
Series = frozenset[tuple[str, str]]
Vector = dict[Series, float]
_LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')
_COMPARED: dict[str, Callable[[float, float], bool]] = {">": operator.gt, "==": operator.eq, "<": operator.lt}
_COUNTED: dict[str, Callable[[float, float], float]] = {"-": operator.sub, "*": operator.mul}
_MATCHED: dict[str, Callable[[str, str], bool]] = {
    str(promql.MatchOp.Equal): lambda asked, there: asked == there,
    str(promql.MatchOp.Re): lambda asked, there: re.fullmatch(asked, there) is not None,
}


def samples(text: str) -> Vector:
    """The lines of a text file."""
    found: Vector = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        assert match is not None, line
        labels = _LABEL.findall(match[2] or "")
        found[frozenset([(NAME, match[1]), *labels])] = float(match[3])
    return found


def selectors(expression: promql.Expr) -> list[promql.VectorSelector]:
    """Every selection of series in an expression."""
    found: list[promql.VectorSelector] = []

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        elif isinstance(node, promql.MatrixSelector):
            found.append(node.vector_selector)

    promql.walk(expression, visit)
    return found


@dataclass(frozen=True, slots=True)
class Instant:
    """What is scraped, and when it is asked."""

    scraped: Vector
    now_s: float

    def evaluate(self, node: promql.Expr) -> Vector | float:
        match node:
            case promql.NumberLiteral():
                return node.val
            case promql.VectorSelector():
                return dict(self._selected(node))
            case promql.Call():
                return self._called(node)
            case promql.BinaryExpr():
                assert node.modifier is None or node.modifier.matching is None, str(node)
                return _combined(str(node.op), self.evaluate(node.lhs), self.evaluate(node.rhs))
            case _:
                raise NotImplementedError(str(node))

    def _selected(self, node: promql.VectorSelector) -> Iterator[tuple[Series, float]]:
        for series, value in self.scraped.items():
            labels = dict(series)
            matches = (_MATCHED[str(m.op)](m.value, labels.get(m.name, "")) for m in node.matchers.matchers)
            if labels[NAME] == node.name and all(matches):
                yield series, value

    def _called(self, node: promql.Call) -> Vector | float:
        match node.func.name, node.args:
            case "time", []:
                return self.now_s
            case "last_over_time", [promql.MatrixSelector() as over]:
                return dict(self._selected(over.vector_selector))
            case "absent", [promql.VectorSelector() as asked]:
                return {} if dict(self._selected(asked)) else {frozenset(): 1.0}
            case _:
                raise NotImplementedError(str(node))


def _unnamed(vector: Vector) -> Vector:
    """As operators match them: by labels, without the name."""
    return {frozenset(label for label in series if label[0] != NAME): v for series, v in vector.items()}


def _combined(op: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if op == "unless":
        assert isinstance(left, dict) and isinstance(right, dict)
        return {s: v for s, v in _unnamed(left).items() if s not in _unnamed(right)}
    if isinstance(left, float) and isinstance(right, float):
        return _COUNTED[op](left, right)
    pairs: list[tuple[Series, float, float]] = []
    if isinstance(left, float):
        assert isinstance(right, dict)
        pairs = [(series, left, value) for series, value in _unnamed(right).items()]
    elif isinstance(right, float):
        pairs = [(series, value, right) for series, value in _unnamed(left).items()]
    else:
        others = _unnamed(right)
        pairs = [(s, value, others[s]) for s, value in _unnamed(left).items() if s in others]
    if op in _COMPARED:
        return {series: one for series, one, other in pairs if _COMPARED[op](one, other)}
    return {series: _COUNTED[op](one, other) for series, one, other in pairs}
