"""Plants a flaw in the running program: an object replaced under every name that knows it.

Modules import functions by name, so that one replacement would miss the copies. A name that no longer exists
is an error here and not a flaw that silently does nothing.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import pytest

from tests.support.memory import forget
from trader.parts import NAMES, parts_of

Flaw = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """An incident, the flaw that brings it back, and the test that must notice.

    `cases` are arguments of the test; one of them has to show the flaw.
    """

    incident: str
    flaw: Flaw
    body: Callable[..., None]
    cases: tuple[tuple[object, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.incident}-{self.flaw.__name__}-{self.body.__name__}"


def planted(incident: str, flaw: Flaw, body: Callable[..., None], *cases: object) -> Planted:
    """A row; a case that is not a tuple is the test's only argument, and no case is a test without any."""
    rows = tuple(case if isinstance(case, tuple) else (case,) for case in cases)
    return Planted(incident, flaw, body, rows or ((),))


def load_every_part() -> None:
    """A module that is first loaded while a flaw stands would keep it for ever."""
    for name in NAMES:
        parts_of(name).dialect()


def everywhere(patch: pytest.MonkeyPatch, original: object, flawed: object) -> None:
    """Replace an object in each loaded module of the program and the simulations that names it."""
    load_every_part()
    forget()
    found = [
        (module, name)
        for package, module in list(sys.modules.items())
        if package.startswith(("trader.", "tests.simulation."))
        for name, value in list(vars(module).items())
        if value is original
    ]
    if not found:
        raise LookupError(f"{original} stands nowhere under a name")
    for module, name in found:
        patch.setattr(module, name, flawed)


def bites(row: Planted, case: tuple[object, ...]) -> bool:
    """True when the test fails on the flaw by an assertion of its own; anything else it raises goes on."""
    forget()
    with pytest.MonkeyPatch.context() as patch:
        row.flaw(patch)
        try:
            row.body(*case)
        except (AssertionError, pytest.fail.Exception) as error:
            return _failed_in(error.__traceback__) == row.body.__code__.co_filename
        finally:
            forget()
    return False


def _failed_in(traceback: TracebackType | None) -> str:
    """The file of the tests that the innermost frame stands in; the program's own frames do not count."""
    files: list[str] = []
    while traceback is not None:
        files.append(traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
    return next((file for file in reversed(files) if "_pytest" not in file), "")


def wrapped(original: Callable[..., Any], change: Callable[..., Any]) -> Callable[..., Any]:
    """`original` with its result changed; whatever its arguments are."""
    return lambda *args, **kwargs: change(original(*args, **kwargs))
