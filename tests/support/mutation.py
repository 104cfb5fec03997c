"""Plants each flaw of the gate in a fresh copy of its modules, and asks the cases whether they notice.

Nothing of the running program is touched: the copies live in a set of modules of their own. A case notices
when its answer is not the one that is kept for it, word by word, or when asking fails. Those cases are asked
first that come to the flawed function last, which is where an answer is made.
"""

import ast
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from tests.support.gate_cases import all_cases, answers
from tests.support.mutants import Mutant, mutants_of
from tests.support.questions import Parts
from tests.support.source_tree import ROOT
from trader.core.errors import TraderError

PACKAGE = "trader.rules"
ORDER = (
    *("trips", "curve", "standing", "book", "stopped", "liquidation", "portfolio", "conditions", "prices"),
    *("sizes", "breakers", "entries", "resting"),
)
FILES = {
    **{f"{PACKAGE}.{name}": f"trader/rules/{name}.py" for name in ORDER},
    "trader.gate": "trader/gate.py",
}
ELSEWHERE = ("stopped", "liquidation", "portfolio")  # judged by what the model exchange does, not by cases
LONGEST_S = 2.0  # a flaw that goes round in circles is noticed too


class TooLong(Exception):
    """The flawed code did not come back."""


FAILURES = (
    *(ArithmeticError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError),
    *(TraderError, TooLong),
)


@dataclass
class Workshop:
    """One copy of the modules, and what each case calls in it."""

    trees: dict[str, ast.Module] = field(default_factory=dict)
    codes: dict[str, CodeType] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    noticed_last: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls) -> "Workshop":
        shop = cls()
        for name, file in FILES.items():
            shop.trees[name] = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            shop.codes[name] = compile(shop.trees[name], file, "exec")
        shop.modules = fresh(shop.codes)
        for case in all_cases():
            shop.calls[case] = called(lambda case=case: answer(case, shop.modules))  # type: ignore[misc]
        return shop

    def mutants(self) -> Iterator[tuple[str, Mutant]]:
        for name, file in FILES.items():
            if name.rpartition(".")[2] in ELSEWHERE:
                continue
            for mutant in mutants_of(file, self.trees[name]):
                yield name, mutant

    def notices(self, name: str, mutant: Mutant) -> str | None:
        """The case that notices this flaw, or None."""
        mutant.plant()
        try:
            function = self._function(name, mutant)
            if function is None:
                codes = {**self.codes, name: compile(self.trees[name], mutant.file, "exec")}
                return self._first(self._likely(mutant), lambda: fresh(codes))
            flawed = self._flawed(name, mutant)
        except (SyntaxError, *FAILURES):
            return "it does not even load"
        finally:
            mutant.remove()
        whole = function.__code__
        function.__code__ = flawed
        try:
            return self._first(self._near(mutant), lambda: self.modules)
        finally:
            function.__code__ = whole

    def _function(self, name: str, mutant: Mutant) -> FunctionType | None:
        """The function that holds it; None for what stands outside any."""
        return function_at(vars(self.modules[name]), mutant.place)

    def _flawed(self, name: str, mutant: Mutant) -> CodeType:
        scratch = dict(vars(self.modules[name]))
        exec(compile(ast.Module([mutant.unit], []), mutant.file, "exec"), scratch)
        found = function_at(scratch, mutant.place)
        if found is None:
            raise TypeError(f"{mutant.place} is no function any more")
        return found.__code__

    def _first(self, cases: Iterable[str], modules: Callable[[], Mapping[str, ModuleType]]) -> str | None:
        try:
            some = modules()
        except FAILURES:
            return "it does not even load"
        for case in cases:
            if noticed(case, some):
                self.noticed_last = [case, *(c for c in self.noticed_last if c != case)][:5]
                return case
        return None

    def _near(self, mutant: Mutant) -> list[str]:
        """The cases that call the flawed function: the last ones to notice, then the nearest to it."""
        key = f"{mutant.file} {mutant.place}"
        ends = {case: calls[::-1].index(key) for case, calls in self.calls.items() if key in calls}
        ranked = sorted(ends, key=lambda case: ends[case])
        return [
            *(c for c in self.noticed_last if c in ends),
            *(c for c in ranked if c not in self.noticed_last),
        ]

    def _likely(self, mutant: Mutant) -> list[str]:
        rules = [name for name, case in all_cases().items() if case.rule and f"'{case.rule}'" in mutant.what]
        return [*rules, *(name for name in all_cases() if name not in rules)]


def function_at(names: Mapping[str, Any], place: str) -> FunctionType | None:
    first, _, rest = place.partition(".")
    found = names.get(first)
    if rest and isinstance(found, type):
        found = vars(found).get(rest)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, classmethod):
        found = found.__func__
    return found if isinstance(found, FunctionType) else None


def fresh(codes: Mapping[str, CodeType]) -> dict[str, ModuleType]:
    """The modules anew, each of them seeing the others of its set."""
    kept = {name: sys.modules[name] for name in (PACKAGE, *codes)}
    package = ModuleType(PACKAGE)
    package.__path__ = list(kept[PACKAGE].__path__)
    made: dict[str, ModuleType] = {}
    try:
        sys.modules[PACKAGE] = package
        for name, code in codes.items():
            made[name] = sys.modules[name] = ModuleType(name)
            if name.startswith(f"{PACKAGE}."):
                setattr(package, name.rpartition(".")[2], made[name])
            exec(code, vars(made[name]))
    finally:
        sys.modules.update(kept)
    return made


def answer(case: str, modules: Mapping[str, ModuleType]) -> list[str]:
    return all_cases()[case].question.answer(Parts(modules["trader.gate"], modules[f"{PACKAGE}.breakers"]))


def noticed(case: str, modules: Mapping[str, ModuleType]) -> bool:
    try:
        with at_most(LONGEST_S):
            return answer(case, modules) != answers()[case]
    except FAILURES:
        return True


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def called(ask: Callable[[], object]) -> list[str]:
    """The functions of the files that are judged, in the order in which this question calls them."""
    names: list[str] = []
    files = set(FILES.values())

    def note(frame: FrameType, event: str, _arg: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename in files:
            names.append(f"{code.co_filename} {code.co_qualname.partition('.<locals>')[0]}")

    sys.setprofile(note)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return names
