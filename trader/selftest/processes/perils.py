"""What only a real process can suffer from its machine: limits, disks, locks, configurations, environments.

Rules: each peril has a name, what is done before the process starts, what at a request of it, and the exit
codes with which a run may leave. In all of them protection happens all the same, or the exit code says
otherwise: the judge sees to that; the codes here are narrower still.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from trader.core.frozen import frozen
from trader.selftest.processes.ground import Scene
from trader.selftest.processes.machine import Circumstances, Machine

Prepare = Callable[[Machine, Scene], None]
NORMAL = frozenset({0})
CONFIGURATION = frozenset({78})
DARK = frozenset({10, 23})
STARVED = frozenset({0, 10, 12, 23, 70, 78})
"""70: the interpreter itself could not load a module; 78: a file that must be read could not be."""


def nothing(_machine: Machine, _scene: Scene) -> None:
    """Nothing is done."""


@frozen
class Peril:
    """`limits`, `environment` and `output`: how the process is started. `prepare` comes before it, `strike`
    at the request of the event; `mend` after the run puts right what a person would. `codes`: how it may
    leave."""

    codes: frozenset[int]
    prepare: Prepare = nothing
    strike: Prepare | None = None
    mend: Prepare = nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, object] = field(default_factory=dict)
    output: str = "pipe"
    is_dark: bool = False
    starves: bool = False

    def circumstances(self) -> Circumstances:
        return Circumstances(environment=self.environment, limits=self.limits, output=self.output)


def _half_written(machine: Machine, _scene: Scene) -> None:
    """The file ends in the middle of a line: nobody can say what it says."""
    text = machine.configuration.read_text(encoding="utf-8")
    machine.configuration.write_text(text[: text.index("markets:") + 20], encoding="utf-8")


def _shortened(machine: Machine, _scene: Scene) -> None:
    """The file ends before its coins: what it says of the account is whole."""
    text = machine.configuration.read_text(encoding="utf-8")
    machine.configuration.write_text(text[: text.index("markets:")] + "limts: {}\n", encoding="utf-8")


def _empty(machine: Machine, _scene: Scene) -> None:
    machine.configuration.write_text("", encoding="utf-8")


def _for_all_to_read(machine: Machine, _scene: Scene) -> None:
    machine.configuration.chmod(0o644)


def _smaller_risk(machine: Machine, _scene: Scene) -> None:
    """Somebody saves another file while a run that has read the old one goes on."""
    text = machine.configuration.read_text(encoding="utf-8")
    machine.configuration.write_text(text.replace('foreign: "report"', 'foreign: "ignore"'), encoding="utf-8")


def _lock_is_link(machine: Machine, scene: Scene) -> None:
    scene.lock.rename(machine.home / "elsewhere")
    scene.lock.symlink_to(machine.home / "elsewhere")


def _lock_is_back(machine: Machine, scene: Scene) -> None:
    scene.lock.unlink()
    (machine.home / "elsewhere").rename(scene.lock)


def _lock_folder(permissions: int) -> Prepare:
    def change(_machine: Machine, scene: Scene) -> None:
        scene.lock.parent.chmod(permissions)

    return change


def _lock_file_is_nobodys(_machine: Machine, scene: Scene) -> None:
    scene.lock.chmod(0o000)


def _lock_made_anew(_machine: Machine, scene: Scene) -> None:
    """Somebody cleans up the folder of locks while a run holds one."""
    scene.lock.unlink()
    scene.lock.touch(mode=0o600)


def _leads_to(port: Callable[[Scene], int]) -> Prepare:
    """The venue's address leads to a port where nobody answers."""

    def change(machine: Machine, scene: Scene) -> None:
        text = machine.configuration.read_text(encoding="utf-8")
        there = text.replace(scene.server.url, f"http://127.0.0.1:{port(scene)}")
        machine.configuration.write_text(there, encoding="utf-8")

    return change


def _alerts_hang(machine: Machine, scene: Scene) -> None:
    """Whoever is told takes the connection and never answers."""
    lines = machine.configuration.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("notify:")]
    told = json.dumps({"urls": [f"json://127.0.0.1:{scene.deaf.port}/{scene.stage.user}"]})
    machine.configuration.write_text("".join([*kept, f"notify: {told}\n"]), encoding="utf-8")


def _journal(machine: Machine) -> Path:
    return machine.home / "journal"


def _told_where(machine: Machine) -> None:
    lines = machine.configuration.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("journal:")]
    told = json.dumps({"folder": str(_journal(machine))})
    machine.configuration.write_text("".join([*kept, f"journal: {told}\n"]), encoding="utf-8")


def _journal_closed(machine: Machine, _scene: Scene) -> None:
    _told_where(machine)
    _journal(machine).mkdir(mode=0o500)


def _journal_is_file(machine: Machine, _scene: Scene) -> None:
    _told_where(machine)
    _journal(machine).write_text("", encoding="utf-8")
    _journal(machine).chmod(0o600)


def _state_closed(machine: Machine, _scene: Scene) -> None:
    """Everything that a run keeps for itself lies on a disk that takes nothing; the lock lies elsewhere."""
    state = machine.home / ".local/state/trader"
    state.chmod(0o500)


def _state_open(machine: Machine, _scene: Scene) -> None:
    (machine.home / ".local/state/trader").chmod(0o700)


def _cache_closed(machine: Machine, _scene: Scene) -> None:
    (machine.home / ".cache").mkdir(mode=0o700, exist_ok=True)
    (machine.home / ".cache").chmod(0o500)


def _cache_open(machine: Machine, _scene: Scene) -> None:
    (machine.home / ".cache").chmod(0o700)


_POWERLESS: Mapping[str, object] = {"powerless": True}
MEGABYTE = 1024 * 1024

PERILS: Mapping[str, Peril] = {
    "P5-full": Peril(NORMAL, output="full"),
    "P5-gone": Peril(NORMAL, output="gone"),
    "P5-closed": Peril(NORMAL, limits={"closed": [0, 1, 2]}),
    "P6-journal-EACCES": Peril(NORMAL, _journal_closed, limits=_POWERLESS),
    "P6-journal-file": Peril(NORMAL, _journal_is_file),
    "P6-state-EACCES": Peril(NORMAL, _state_closed, mend=_state_open, limits=_POWERLESS),
    "P6-cache-EACCES": Peril(NORMAL, _cache_closed, mend=_cache_open, limits=_POWERLESS),
    "P7-link": Peril(CONFIGURATION, _lock_is_link, mend=_lock_is_back),
    "P7-closed": Peril(
        CONFIGURATION, _lock_file_is_nobodys, mend=lambda _m, s: s.lock.chmod(0o600), limits=_POWERLESS
    ),
    "P7-read-only": Peril(NORMAL, _lock_folder(0o500), mend=_lock_folder(0o700), limits=_POWERLESS),
    "P7-everybody": Peril(CONFIGURATION, _lock_folder(0o777), mend=_lock_folder(0o700)),
    "P7-anew": Peril(NORMAL, strike=_lock_made_anew),
    "P8-half": Peril(CONFIGURATION, _half_written),
    "P8-short": Peril(CONFIGURATION, _shortened),
    "P8-empty": Peril(CONFIGURATION, _empty),
    "P8-0644": Peril(CONFIGURATION, _for_all_to_read),  # it holds the address of a webhook
    "P8-changed": Peril(NORMAL, strike=_smaller_risk),
    "P10-locale": Peril(
        NORMAL, environment={"LANG": "de_DE.ISO-8859-1", "LC_ALL": "de_DE.ISO-8859-1", "TZ": "Pacific/Apia"}
    ),
    "P10-C": Peril(NORMAL, environment={"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}),
    "P10-home": Peril(
        NORMAL, environment={"HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent", "PATH": ""}
    ),
    "P10-umask": Peril(NORMAL, limits={"umask": 0}),
    "P10-stdin": Peril(NORMAL, limits={"closed": [0]}),
    "P3-memory": Peril(STARVED, limits={"memory_bytes": 52 * MEGABYTE}, starves=True),
    "P3-less": Peril(STARVED, limits={"memory_bytes": 32 * MEGABYTE}, starves=True),
    "P11-files": Peril(STARVED, limits={"files": 14}, starves=True),
    "P11-fewer": Peril(STARVED, limits={"files": 9}, starves=True),
    "P12-alerts": Peril(NORMAL, _alerts_hang),
    "T1-names": Peril(DARK, limits={"no_names": True}, is_dark=True),
    "T2-refused": Peril(DARK, _leads_to(lambda scene: scene.deaf.refusing), is_dark=True),
    "T3-deaf": Peril(DARK, _leads_to(lambda scene: scene.deaf.port), is_dark=True),
}
