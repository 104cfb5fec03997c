"""Small flaws that a mutation tool (cosmic-ray) makes of the program, each with a name to make it again.

The tool finds the places and makes the source; it runs nothing here. Its operators are taken once for each
kind of change: every comparison turned round and moved by a step, arithmetic turned round, conditions denied,
`and` and `or` exchanged, constants changed, loops left out, `break` and `continue` exchanged, handlers that
catch nothing. Left out are those that only repeat one of these with another sign, those that would change
types in annotations (`|`), and the one that takes decorators off, because almost nothing loads without them.
The rules that the gate asks are not among the files: of them `tests/unit/rules/test_mutants.py` makes all.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from tests.mutants.row import source_of

COMPARED = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Eq_NotEq")
COMPARED_TOO = ("NotEq_Eq", "Is_IsNot", "IsNot_Is")
COUNTED = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "LShift_RShift")
COUNTED_TOO = ("RShift_LShift", "BitAnd_BitXor")
OPERATORS = (
    *(f"ReplaceComparisonOperator_{one}" for one in (*COMPARED, *COMPARED_TOO)),
    *(f"ReplaceBinaryOperator_{one}" for one in (*COUNTED, *COUNTED_TOO)),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub", "AddNot"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer"),
    *("ZeroIterationForLoop", "ExceptionReplacer"),
)
PIPELINE = (
    *("act", "verify", "plan", "gate", "core/identity", "ids", "repair", "examine", "cover", "settle"),
    *("sending", "reread", "dressing", "dress", "observe", "exits", "level", "resting", "resting_orders"),
    *("holding", "orphaned", "unlisted", "unseen", "crowding", "bounds", "want", "grid_facts", "run"),
    *("recall", "core/ownership", "core/first_stops"),
)
ADAPTERS = (
    *(f"binance/{one}" for one in ("encode", "outcomes", "refusals", "parse_orders", "parse_account")),
    *(f"binance/{one}" for one in ("reading", "lookups", "finding", "writes", "batches")),
    *(f"okx/{one}" for one in ("encode", "outcomes", "refusals", "parse_orders", "parse_account")),
    *(f"okx/{one}" for one in ("rounds", "lookups", "writes", "executions")),
    *(f"hyperliquid/{one}" for one in ("encode", "outcomes", "refusals", "parse_orders", "parse_account")),
    *(f"hyperliquid/{one}" for one in ("rounds", "writes", "nonces")),
    "walk_back",
)
FILES = (
    *(f"trader/{one}.py" for one in PIPELINE),
    *(f"trader/venues/{one}.py" for one in ADAPTERS),
)


@dataclass(frozen=True, slots=True)
class Made:
    """One flaw: the operator's occurrence of this number in a file, and the line that it changes."""

    file: str
    operator: str
    occurrence: int
    line: int

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {self.operator} #{self.occurrence}"

    @property
    def module(self) -> str:
        return self.file.removesuffix(".py").replace("/", ".")

    def source(self) -> str:
        """The file with this flaw."""
        mutating: Any = import_module("cosmic_ray.mutating")
        made = mutating.mutate_code(source_of(self.file), _operator(self.operator), self.occurrence)
        if made is None:
            raise LookupError(f"{self.name}: the tool finds no such place any more")
        return str(made)


def every_made(files: Sequence[str] = FILES) -> Iterator[Made]:
    """All of them, by file, operator and place."""
    for file in files:
        quiet = _quiet_lines(source_of(file))
        tree = _tool_ast().get_ast(source_of(file))
        nodes = list(_tool_ast().ast_nodes(tree))
        for operator in OPERATORS:
            places = [p for node in nodes for p in _operator(operator).mutation_positions(node)]
            for occurrence, (start, _) in enumerate(places):
                if start[0] not in quiet:
                    yield Made(file, operator, occurrence, start[0])


def sample(every: int, files: Sequence[str] = FILES) -> list[Made]:
    """Each so manieth of them, the same ones every time."""
    return list(every_made(files))[every // 2 :: every]


def made_named(name: str) -> Made:
    """The flaw of a name as it is printed."""
    where, operator, number = name.rsplit(" ", 2)
    file, _, line = where.rpartition(":")
    return Made(file, operator, int(number.removeprefix("#")), int(line))


def _quiet_lines(source: str) -> set[int]:
    """Lines on which a change is none: what only a checker of types reads, and how a value is stored."""
    quiet: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            quiet |= {decorator.lineno for decorator in node.decorator_list}
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            quiet |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return quiet


def _tool_ast() -> Any:
    return import_module("cosmic_ray.ast")


@cache
def _operator(name: str) -> Any:
    plugins: Any = import_module("cosmic_ray.plugins")
    return plugins.get_operator(f"core/{name}")()
