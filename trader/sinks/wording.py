"""How actions, outcomes, wants and proofs read to a person: one clause each, the same words everywhere.

Rules: every text that came from a venue is made printable here; a coin's name too. Prices and sizes keep all
their digits, money is to the cent; what a venue averages or estimates has the digits of its prices. USD is
the account's own stable coin, taken at one.
"""

from collections.abc import Mapping
from typing import assert_never

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.identity import STOP_ROLES, Role
from trader.core.market import Side
from trader.core.orders import Accepted, Outcome, Rejected, Unknown
from trader.core.report import Exit, Flat, Foreign, Naked, Proof, Protected, Report, Unread, slot_of
from trader.core.snapshot import Holdings, Position
from trader.core.target import Stay, Want, WantClose, WantEntry, WantGrid, WantHold, WantResting
from trader.core.text import average, estimate, kind_name, number, percent, printable, usd

_REACH = 10  # beyond ten times the price no market goes, and the figure only alarms

EXIT_MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "all positions are covered and nothing is unknown",
    Exit.USAGE: "the command line was not understood",
    Exit.UNAVAILABLE: "the venue could not be reached; cover was confirmed earlier in this run",
    Exit.DENIED: "the venue denied us: key, permission, ban or region",
    Exit.MALFORMED: "an answer was not understood; nothing new was risked",
    Exit.NAKED: "NAKED: a position of ours is known uncovered and could not be closed",
    Exit.EMERGENCY: "an emergency close was used and confirmed",
    Exit.UNKNOWN: "an order's outcome is still unknown",
    Exit.UNREADABLE: "cover could not be read",
    Exit.OTHER_HOST: "another host or another copy trades this account",
    Exit.FOREIGN_UNCOVERED: "a position that is not ours has no stop",
    Exit.BROKEN: "a bug of ours: an invariant failed",
    Exit.BUSY: "the lock stayed busy",
    Exit.CONFIG: "the configuration must change first",
}

EXIT_ADVICE: Mapping[Exit, str] = {
    Exit.UNAVAILABLE: "nothing yet: the next run looks again; live stops act without us",
    Exit.DENIED: "look at the key, its permissions and its expiry at the venue",
    Exit.MALFORMED: "nothing yet: the next run looks again; if it stays, see `trader log --problems`",
    Exit.NAKED: "now: trader check-sl; else trader protect --coin COIN --stop 0.05, or close it at the venue",
    Exit.EMERGENCY: "see why it came to that: trader log --problems",
    Exit.UNKNOWN: "trader check-sl looks again; nothing is ever sent twice to find out",
    Exit.UNREADABLE: "see at the venue itself that each position has a stop; the next run looks again",
    Exit.OTHER_HOST: "find the other one and stop it; no entry is made beside it",
    Exit.FOREIGN_UNCOVERED: "trader protect --coin COIN --stop 0.05, or `adopt` it, or `foreign: ignore`",
    Exit.BROKEN: "trader check-sl shows whether every stop is live; report the lines above",
    Exit.CONFIG: "correct what the problem names (see trader config check); stops stay verified meanwhile",
}


def newest_holdings(report: Report) -> Holdings | None:
    """The last reading of what the account holds in this run."""
    if report.verified is not None and report.verified.holdings is not None:
        return report.verified.holdings
    return report.snapshot.holdings if report.snapshot is not None else None


def action_text(action: Action) -> str:
    """What is or was sent, without the reason."""
    match action:
        case Enter():
            levels = f"stop {number(action.stop)}"
            if action.target is not None:
                levels += f", target {number(action.target)}"
            bound = f"{_towards(action.leg.opening)} {number(action.bound)}"
            return f"enter {action.leg.value} {number(action.size)} {bound}, {levels}"
        case PlaceExit():
            what = exit_name(action.role)
            size = "whole position" if action.size is None else number(action.size)
            return f"place {what} at {number(action.trigger)} for the {action.leg.value} ({size})"
        case Rest():
            what = "stop entry" if action.trigger is not None else "limit"
            level = number(action.price if action.trigger is None else action.trigger)
            rung = "rung: " if action.role is Role.RUNG else ""
            return f"rest {rung}{action.leg.value} {number(action.size)} by {what} at {level}"
        case AmendStop():
            return f"move the stop of the {action.leg.value} to {number(action.trigger)}"
        case Cancel():
            leg = f"{action.leg.value} " if action.leg is not None else ""
            return f"cancel {leg}{kind_name(action.kind)} {printable(action.order_id)}"
        case Close():
            bound = f"{_towards(action.leg.closing)} {number(action.bound)}"
            return f"close {action.leg.value} {number(action.size)} {bound}"
        case SetLeverage():
            return f"set leverage to {action.leverage}x {'cross' if action.cross else 'isolated'}"
        case _:
            assert_never(action)


def _towards(side: Side) -> str:
    """The worst price is above for a buyer and below for a seller."""
    return "up to" if side is Side.BUY else "down to"


def exit_name(role: Role) -> str:
    return "stop" if role in STOP_ROLES else "target"


def outcome_text(outcome: Outcome) -> str:
    """What became of it."""
    match outcome:
        case Accepted(filled=None):
            return "accepted"
        case Accepted(filled=filled, average=None) if filled is not None:
            return f"accepted, {number(filled)} filled"
        case Accepted(filled=filled, average=price) if filled is not None and price is not None:
            return f"{number(filled)} filled at {average(price)}"
        case Accepted():
            return "accepted"
        case Rejected():
            return f"rejected ({outcome.code.value}): {printable(outcome.reason)}"
        case Unknown():
            return f"UNKNOWN: {printable(outcome.reason)}"
        case _:
            assert_never(outcome)


def want_text(want: Want) -> str:
    """What a strategy said of one coin, with its one reason."""
    match want:
        case Stay():
            return printable(want.reason)
        case WantEntry():
            return f"enter {want.leg.value} with {usd(want.notional)} USD: {printable(want.reason)}"
        case WantHold():
            return printable(want.reason)
        case WantClose():
            return f"close: {printable(want.reason)}"
        case WantResting() | WantGrid():
            return printable(want.reason)
        case _:
            assert_never(want)


def proof_text(proof: Proof) -> str:
    """What verify proved of one coin, or of one leg of it."""
    coin = printable(str(slot_of(proof)))
    match proof:
        case Protected():
            whose = "a stop that is not ours" if proof.by_foreign else "its stop"
            return f"{coin} {_proven(proof)} covered by {whose} at {number(proof.level)}"
        case Flat():
            how = "closed in an emergency" if proof.emergency else "closed"
            return f"{coin} {how} and read back flat: {printable(proof.reason)}"
        case Naked():
            tried = "; ".join(printable(t) for t in proof.tried) or "nothing"
            return f"{coin} {_proven(proof)} is NAKED; tried: {tried}"
        case Unread():
            return f"{coin} cover could not be read: {printable(proof.why)}"
        case Foreign():
            state = "has a stop" if proof.covered else "has no stop"
            return f"{coin} {_proven(proof)} is not ours and {state}"
        case _:
            assert_never(proof)


def _proven(proof: Protected | Naked | Foreign) -> str:
    """The size, without its sign where the leg is named."""
    return number(proof.size if proof.leg is None else abs(proof.size))


def position_text(position: Position) -> str:
    """What is open in one coin, and how far liquidation is."""
    leg = position.leg.value if position.size else "flat"
    text = f"{printable(position.coin)} {leg} {number(abs(position.size))}"
    text += f" at {average(position.entry_price)}, mark {number(position.mark)}, {usd(position.notional)} USD"
    return f"{text}, {liquidation_text(position)}"


def liquidation_text(position: Position) -> str:
    """Where liquidation is, as far as this position has to fear it."""
    level, mark = position.liquidation_ahead, position.mark
    if level is None and position.liquidation is not None:
        return "liquidation only against the other leg"
    if level is None or mark <= 0:
        return "no liquidation price"
    away = abs(mark - level) / mark
    if away > _REACH:
        return "liquidation out of reach"
    return f"liquidation {estimate(level)} ({percent(away)} away)"
