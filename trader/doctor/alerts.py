"""Whether somebody would be told, and, when it was asked for, whether a message arrived.

Rules: an address is a secret, often up to its host, so it is named by its number and scheme or host only.
That nobody is told is a warning, and a failure where money is at stake and not even a heartbeat is set.
"""

from trader.core.frozen import frozen
from trader.doctor.findings import Finding, absent, failed, sound, warned
from trader.sinks.trial import Tried


@frozen
class Alerts:
    """How many addresses there are, what is wrong with them as they are written, and what became of a try.

    `heartbeats` are the commands that have one. `tried` is None where nothing was to be sent.
    """

    messages: int
    heartbeats: tuple[str, ...]
    problems: tuple[str, ...] = ()
    tried: tuple[Tried, ...] | None = None


def configured(alerts: Alerts, *, has_money: bool) -> Finding:
    """Whether a message could be sent and a missing run would be noticed."""
    if alerts.problems:
        return failed("; ".join(alerts.problems))
    if not alerts.messages and not alerts.heartbeats:
        told = "neither notify.urls nor a heartbeat is set: nobody is told of anything"
        return failed(told) if has_money else warned(told)
    if not alerts.messages:
        return warned("notify.urls is not set: only a run that is missing or fails is noticed")
    lacking = [name for name in ("run", "check_sl") if name not in alerts.heartbeats]
    if lacking:
        names = " and ".join(f"heartbeat.{name}" for name in lacking)
        return warned(
            f"{names} not set: nobody notices that this machine is dead",
            cause="a message can only be sent by a machine that runs",
            fix="set it to the address of a monitor that expects a sign of life",
        )
    return sound(f"{alerts.messages} for messages, heartbeats of {', '.join(alerts.heartbeats)}")


def delivered(alerts: Alerts) -> Finding:
    """What became of the messages that were sent to try."""
    if alerts.tried is None:
        return absent("nothing was sent; --alert or `trader alert test` tries it")
    if not alerts.tried:
        return absent("there is no address to try")
    lost = [f"{one.what}: {one.problem}" for one in alerts.tried if one.problem is not None]
    return (
        failed("; ".join(lost)) if lost else sound(", ".join(f"{one.what} took it" for one in alerts.tried))
    )
