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

from tests.support.equivalents import EQUIVALENT
from tests.support.gate_cases import all_cases, answers
from tests.support.mutants import Mutant, mutants_of
from tests.support.questions import Parts
from tests.support.source_tree import ROOT
from trader.core.errors import TraderError

PACKAGE = "trader.rules"
ORDER = (
    *("trips", "curve", "standing", "book", "stopped", "liquidation", "portfolio", "conditions", "prices"),
    *("sizes", "breakers", "both", "entries", "resting"),
)
FILES = {
    **{f"{PACKAGE}.{name}": f"trader/rules/{name}.py" for name in ORDER},
    "trader.gate": "trader/gate.py",
}
LONGEST_S = 0.25  # of computing; a flaw that goes round in circles is noticed too


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
    noticed_last: dict[str, list[str]] = field(default_factory=dict)
    ranks: dict[str, list[str]] = field(default_factory=dict)

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
            for mutant in mutants_of(file, self.trees[name]):
                yield name, mutant

    def notices(self, name: str, mutant: Mutant) -> str | None:
        """The case that notices this flaw, or None."""
        mutant.plant()
        try:
            function = self._function(name, mutant)
            if function is None:
                codes = {**self.codes, name: compile(self.trees[name], mutant.file, "exec")}
                return self._first(mutant, self._likely(mutant), lambda: fresh(codes))
            flawed = self._flawed(name, mutant)
        except (SyntaxError, *FAILURES):
            return "it does not even load"
        finally:
            mutant.remove()
        whole = function.__code__
        function.__code__ = flawed
        try:
            return self._first(mutant, self._near(mutant), lambda: self.modules)
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

    def _first(
        self, mutant: Mutant, cases: Iterable[str], modules: Callable[[], Mapping[str, ModuleType]]
    ) -> str | None:
        try:
            some = modules()
        except FAILURES:
            return "it does not even load"
        for case in cases:
            if noticed(case, some):
                last = self.noticed_last.setdefault(f"{mutant.file} {mutant.place}", [])
                last[:] = [case, *(c for c in last if c != case)]
                return case
        return None

    def _near(self, mutant: Mutant) -> list[str]:
        """The cases that call the flawed function: the last ones to notice, then the nearest to it."""
        key = f"{mutant.file} {mutant.place}"
        if key not in self.ranks:
            ends = {case: calls[::-1].index(key) for case, calls in self.calls.items() if key in calls}
            self.ranks[key] = sorted(ends, key=lambda case: ends[case])
        last = self.noticed_last.get(key, [])
        return [*last, *(case for case in self.ranks[key] if case not in last)]

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
    rules = (modules[f"{PACKAGE}.{name}"] for name in ("breakers", "standing"))
    return all_cases()[case].question.answer(Parts(modules["trader.gate"], *rules))


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

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


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


@dataclass(frozen=True)
class Score:
    """How many flaws there are, and what became of them."""

    killed: int
    equivalent: int
    unnoticed: tuple[str, ...]
    outlived: tuple[str, ...]

    def __str__(self) -> str:
        rest = self.killed + len(self.unnoticed)
        return (
            f"{rest + self.equivalent} mutants, {self.killed} killed, {self.equivalent} equivalent, "
            f"{len(self.unnoticed)} unnoticed: {self.killed / rest:.1%} of the rest"
        )


def score(*, whole: bool) -> Score:
    """Plant them all. The listed ones that change nothing are asked about too when it is to be `whole`."""
    shop, killed, equivalent = Workshop.opened(), 0, 0
    unnoticed: list[str] = []
    survived: set[str] = set()
    for name, mutant in shop.mutants():
        listed = mutant.name in EQUIVALENT
        if (listed and not whole) or shop.notices(name, mutant) is None:
            survived.add(mutant.name)
            equivalent += listed
            unnoticed += [] if listed else [mutant.name]
        else:
            killed += 1
    return Score(killed, equivalent, tuple(unnoticed), tuple(sorted(EQUIVALENT.keys() - survived)))


if __name__ == "__main__":
    found = score(whole=True)
    print(found, *found.unnoticed, *(f"noticed, or no flaw: {name}" for name in found.outlived), sep="\n")
