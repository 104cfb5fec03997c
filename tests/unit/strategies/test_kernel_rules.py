"""Indicators, signals and sizing stay plain enough to be compiled, and to be the same double everywhere."""

import ast
import inspect
from types import ModuleType

import pytest

from trader.strategies import indicators, signals, sizing

KERNELS = (indicators, signals, sizing)
BUILT_IN = frozenset({"range", "abs", "len", "sqrt"})  # each the same double when compiled
ALLOWED = (
    *(ast.For, ast.While, ast.If, ast.IfExp, ast.Return, ast.Assign, ast.Expr, ast.Name, ast.Constant),
    *(
        ast.BinOp,
        ast.UnaryOp,
        ast.BoolOp,
        ast.Compare,
        ast.Subscript,
        ast.Call,
        ast.List,
        ast.arguments,
        ast.arg,
    ),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
)
NOT_EVEN_SO = (ast.In, ast.NotIn, ast.Is, ast.IsNot)


def violations(source: str) -> list[str]:
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    callable_here = BUILT_IN | {f.name for module in KERNELS for f in _functions(module)}
    found = []
    for function in functions:
        for statement in function.body[_doc(function) :]:
            for node in ast.walk(statement):
                if not isinstance(node, ALLOWED) or isinstance(node, NOT_EVEN_SO):
                    found.append(f"{function.name}: {type(node).__name__}")
                if isinstance(node, ast.Constant) and type(node.value) not in (int, float, bool):
                    found.append(f"{function.name}: constant {node.value!r}")
                if isinstance(node, ast.Call) and not _is_plain(node, callable_here):
                    found.append(f"{function.name}: calls {ast.unparse(node)}")
    return found


def _functions(module: ModuleType) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.FunctionDef)]


def _doc(function: ast.FunctionDef) -> int:
    return 0 if ast.get_docstring(function) is None else 1


def _is_plain(node: ast.Call, callable_here: set[str] | frozenset[str]) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in callable_here and not node.keywords


@pytest.mark.parametrize("module", KERNELS, ids=lambda module: module.__name__)
def test_kernels_hold_nothing_but_plain_arithmetic(module: ModuleType) -> None:
    assert violations(inspect.getsource(module)) == []
    assert len(_functions(module)) >= 1


@pytest.mark.parametrize(
    "body",
    [
        "return sum(x)",
        "return max(x)",
        "return [v for v in x]",
        "return None",
        "return 'up'",
        "return {1: 2}",
        "return x.mean()",
        "return x is None",
        "return isinstance(x, list)",
        "return lambda: x",
        "x += 1",
        "return f'{x}'",
    ],
)
def test_what_would_not_compile_alike_is_found(body: str) -> None:
    assert violations(f"def planted(x):\n    {body}\n") != []
