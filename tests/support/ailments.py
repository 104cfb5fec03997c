"""One damage a check: what is done to a sound machine, account or exchange so that exactly that check fails.

Each is a function of the clinic; what it returns is done once the files are written.
"""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.clinic import SIGNAL_MS, Clinic, Damage
from trader.commands.session import lock_path_of
from trader.core.text import utc_day
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Tif
from trader.lock_record import Holder, Quarantine, encode_record
from trader.parts import NAMES
from trader.rehearsal import Stage
from trader.sim.faults import Fault
from trader.wiring import Wired


def at_venue(step: Callable[[Stage], None]) -> Damage:
    return lambda clinic: clinic.at_venue.append(step)


def fault(kind: str, **said: Any) -> Damage:
    """The exchange does this from here on."""
    rule = {name: said.pop(name) for name in ("what", "nth", "times") if name in said}
    return at_venue(lambda stage: stage.faults(Fault(kind, **{"times": 0, **rule}, params=said)))


def here(step: Callable[[Wired], object]) -> Damage:
    return lambda clinic: clinic.here.append(lambda wired: (step(wired), None)[1])


def attribute(name: str, value: Any) -> Damage:
    return lambda clinic: setattr(clinic, name, value)


def crontab(old: str, new: str) -> Damage:
    def spoil(clinic: Clinic) -> None:
        assert old in clinic.crontab
        clinic.crontab = clinic.crontab.replace(old, new)

    return spoil


def open_folder(folder: Callable[[Wired], Path]) -> Damage:
    """A folder that everybody can write."""

    def spoil(wired: Wired) -> None:
        folder(wired).mkdir(parents=True, exist_ok=True)
        folder(wired).chmod(0o777)

    return here(spoil)


def hung(wired: Wired) -> None:
    """A command has held the lock for an hour; its descriptor stays open as long as this process."""
    path = lock_path_of(wired)
    started_ms = SIGNAL_MS - 3_600_000
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.write(descriptor, encode_record(Quarantine(True, None), Holder(os.getpid(), "run", started_ms)))
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def linked_lock(wired: Wired) -> None:
    """The lock's name leads to another file."""
    path = lock_path_of(wired)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (path.parent / "other").touch()
    path.symlink_to(path.parent / "other")


def doubled(clinic: Clinic) -> None:
    """The line of a tick stands there twice."""
    clinic.crontab += clinic.crontab.splitlines()[1] + "\n"


def unheard(clinic: Clinic) -> None:
    """Nobody listens where messages are sent to."""
    clinic.alert, clinic.monitor_answers = True, False


def sized(rest: str, *, ratio: float = 0.3) -> Damage:
    return attribute("sizing", f"{{position_ratio: {ratio}, {rest}}}")


def key_that(**rights: bool) -> Damage:
    """Other rights of the key, where the exchange keeps a book of keys."""

    def spoil(stage: Stage) -> None:
        book = stage.venue.keys
        book.add(replace(book.find(stage.keys.secrets["API_KEY"]), **rights))

    return at_venue(spoil)


def recorded(wired: Wired) -> None:
    """Runs of this machine, before and after what another one did."""
    folder = wired.folders.state / "journal"
    folder.mkdir(mode=0o700, parents=True)
    lines = [json.dumps({"report": {"started_ms": SIGNAL_MS + at, "done": []}}) for at in (-60_000, 14_000)]
    (folder / f"{utc_day(SIGNAL_MS)}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def second_host(clinic: Clinic) -> None:
    """Another machine with a key for this account trades it, while the runs here are recorded."""
    clinic.signals = ("BTC",)
    clinic.here.append(recorded)

    def trades(stage: Stage) -> None:
        assert stage.another_host().run() is not None
        assert stage.coins_held() == ["BTC"]

    clinic.at_venue.append(trades)


def emptied(stage: Stage) -> None:
    """Somebody takes all the money out."""
    assert stage.model.withdraw(stage.user, Decimal(1000)) is None


def levered_by_hand(stage: Stage) -> None:
    """A human opens a position on other terms than the file's."""
    leg = "long" if stage.model.is_two_sided(stage.user) else None
    stage.faults(Fault("V23", params={"coin": "ETH", "leverage": 7}))
    spec = OrderSpec("ETH", True, Decimal(2050), Decimal("0.1"), Tif.IOC, leg=leg)
    (placed,) = stage.model.place(stage.user, [spec])
    assert placed.reason is None, placed


GRID = (
    "{strategy: hedge_grid, params: {bar: 5m, base_qty: 0.002, side_notional_max: 2000, "
    "gross_notional_max: 4000, net_notional_max: 2000}}"
)


def grid(*, two_sided: bool, naked: int) -> Damage:
    """A grid instead of what the file trades."""

    def spoil(clinic: Clinic) -> None:
        clinic.markets = {"BTC": GRID}
        clinic.two_sided = two_sided
        clinic.extra = f"limits: {{naked_resting_notional_max: {naked}}}\n"

    return spoil


Ailment = tuple[str, Damage]
"""What is done, in words for the page, and how."""


def on_all(told: str, damage: Damage) -> Mapping[str, Ailment]:
    return dict.fromkeys(NAMES, (told, damage))


def on_first(told: str, damage: Damage) -> Mapping[str, Ailment]:
    """Alike on every venue, so that one will do."""
    return {NAMES[0]: (told, damage)}


AILMENTS: Mapping[str, Mapping[str, Ailment]] = {
    "D01": on_first("a line that is not a setting", attribute("extra", "limitz: {}\n")),
    "D02": on_first("permissions 0666", lambda clinic: lambda: clinic.config.chmod(0o666)),
    "D03": on_first("permissions 0644", lambda clinic: lambda: clinic.credentials.chmod(0o644)),
    "D04": on_first("half a halt file", here(lambda wired: wired.folders.halt.write_text("{"))),
    "D05": on_first("the lock's name is a link", here(linked_lock)),
    "D06": on_first("a lock held for an hour", here(hung)),
    "D07": on_first("permissions 0777", open_folder(lambda wired: wired.folders.state)),
    "D08": on_first("permissions 0777", open_folder(lambda wired: wired.folders.state / "journal")),
    "D09": on_first("no such folder", lambda clinic: lambda: (clinic.home / "metrics").rmdir()),
    "D10": on_first("an empty crontab (a warning)", attribute("crontab", "")),
    "D11": on_first("the line of `run` twice", doubled),
    "D12": on_first("no line of `check-sl`", crontab("check-sl", "status")),
    "D13": on_first("a path that is not whole", crontab("exec /", "exec ./")),
    "D14": on_first("a line for every quarter of an hour", crontab("0,30 *", "*/15 *")),
    "D15": on_first("no `sleep` (a warning)", crontab("sleep 7; ", "")),
    "D16": on_first("no line of `doctor` (a warning)", crontab("doctor", "status")),
    "D17": on_first("an address of no service", attribute("notify", "nonsense://here")),
    "D18": on_first("nobody listens at the address", unheard),
    "D20": on_first("an expired certificate", attribute("certificate_days", -1)),
    "D21": on_all("T1: its name cannot be resolved", fault("T1")),
    "D22": {
        "hyperliquid": ("V28: a special state", fault("V28")),
        "okx": ("V28: maintenance", fault("V28", serves=True)),
        "binance": ("V28: maintenance", fault("V28")),
    },
    "D23": on_all("V21: its clock is 20 s off", fault("V21", offset_ms=20_000)),
    "D24": {
        "hyperliquid": ("V31: the address is a vault", fault("V31", role="vault")),
        "okx": ("V30: the key is of another account", fault("V30", account="77")),
    },
    "D25": on_all("V20: the key is revoked", fault("V20")),
    "D26": {"hyperliquid": ("V30: the key has ended", fault("V30", in_ms=-60_000))},
    "D27": {"okx": ("V19: the key may only read", fault("V19"))},
    "D28": {
        "okx": ("V19: the key may withdraw", fault("V19", permissions=["read_only", "trade", "withdraw"])),
        "binance": ("the key may withdraw", key_that(may_withdraw=True)),
    },
    "D29": {
        "okx": ("V19: no address is listed (a warning)", fault("V19", ips=[])),
        "binance": ("no address is listed (a warning)", key_that(is_ip_restricted=False)),
    },
    "D30": {
        "hyperliquid": ("H4: fills cannot be read", fault("H4", what="userFillsByTime")),
        "okx": ("H4: orders cannot be read", fault("H4", what="trade/orders-pending")),
        "binance": ("H4: orders cannot be read", fault("H4", what="GET openOrders")),
    },
    "D31": {
        "hyperliquid": ("V22: a unified account", fault("V22")),
        "okx": ("V23: spot mode", fault("V23", account_level="1")),
        "binance": ("V22: multi-assets margin", fault("V22")),
    },
    "D32": on_all("all money is taken out", at_venue(emptied)),
    "D33": {
        "hyperliquid": ("H4: once, on the list", fault("H4", what="frontendOpenOrders", times=1)),
        "okx": ("H4: once, on the list", fault("H4", what="trade/orders-algo-pending", times=1)),
        "binance": ("H4: once, on the list", fault("H4", what="GET openAlgoOrders", times=1)),
    },
    "D34": {"hyperliquid": ("V32: all actions are used up", fault("V32"))},
    "D35": on_all("V15: a coin is delisted", fault("V15", coin="ETH", is_delisted=True)),
    "D36": on_all("a position opened by hand at another leverage", at_venue(levered_by_hand)),
    "D37": on_all("18x isolated with a stop of 5 %", sized("leverage: 18, margin: isolated")),
    "D38": on_all("a stake of a thousandth", sized("leverage: 3", ratio=0.001)),
    "D39": on_all("a limit below the stake", attribute("extra", "limits: {notional_max: 50}\n")),
    "D40": {
        "okx": ("a grid with nothing accepted", grid(two_sided=True, naked=0)),
        "binance": ("a grid with nothing accepted", grid(two_sided=True, naked=0)),
    },
    "D41": on_all("another machine enters", second_host),
}
"""By the code that each one trips, on the venues where it can happen."""
