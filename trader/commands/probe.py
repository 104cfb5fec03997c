"""`trader probe`: ask the venue what its documents leave open."""

import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from trader import guard, lock
from trader.clock import Deadline, SystemClock
from trader.commands.named_path import NamedPath
from trader.commands.options import Call, account_options
from trader.commands.session import PROTECTION_WAIT_S, halted_why, lock_path_of
from trader.core.errors import ConfigError
from trader.core.ports import ARRIVAL_MARGIN_MS
from trader.core.report import Exit
from trader.core.text import printable
from trader.parts import NAMES, parts_of
from trader.probe import facts as files
from trader.probe.bench import Bench, NotFlat
from trader.probe.facts import Fact, Facts
from trader.probe.series import made
from trader.probe.tables import abilities_from, coin_of, experiments_of, hand_of
from trader.wiring import Connection, Wired, connect, require_said, wire, withdrawal_problem

DURATION_S = 2_400.0
LAST_START_S = 600.0  # an experiment that waits for price, and the way back to flat, fit into this
STOP_GRACE_S = 150.0
USD_MAX = Decimal(1_000)


def _usd(_context: click.Context, option: click.Parameter, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is not an amount", param=option) from error
    if not amount.is_finite() or not 0 < amount <= USD_MAX:
        raise click.BadParameter(f"{text} must be above 0 and at most {USD_MAX}", param=option)
    return amount


@click.command("probe")
@click.option("--venue", type=click.Choice(NAMES), help="Must be the file's; with --paper, whose wire.")
@click.option("--coin", help="The coin to try it on (default: one whose least order is small).")
@click.option(
    "--usd", default="12", show_default=True, callback=_usd, help="The most that may be open at a time."
)
@click.option("--only", "numbers", type=int, multiple=True, help="Only this number (repeatable).")
@click.option("--out", type=NamedPath(), help="Where the facts go (default: beside the state).")
@click.option("--list", "lists", is_flag=True, help="Show the questions and send nothing.")
@click.option("--live", is_flag=True, help="Needed as well where the file says mode: live: it spends money.")
@account_options
def command(
    call: Call,
    venue: str | None,
    coin: str | None,
    usd: Decimal,
    numbers: tuple[int, ...],
    out: Path | None,
    lists: bool,
    live: bool,
) -> int:
    """Small numbered experiments at the venue; ends flat, and writes what was found to venue-facts.json.

    Needs a coin in which the account is flat and has no orders. Its own orders are known by their ids, and
    what a killed probe left behind is taken away by the next.

    \b
    trader probe --paper --venue okx          # the embedded exchange
    trader probe --config testnet.yaml        # the venue's practice network
    trader probe --config main.yaml --live    # real money; asks for a sentence to be typed
    """
    if lists:
        return _listed(venue, call)
    guard.harden()
    wired = _wired(call, venue)
    require_said(wired, live=live)
    name = wired.settings.venue
    unknown = sorted(set(numbers) - {e.number for e in experiments_of(name)})
    if unknown:
        raise click.UsageError(f"--only {unknown[0]}: {name} has no such question; --list shows them")
    halted = halted_why(wired)
    if halted is not None:
        raise ConfigError(f"nothing is tried while entries are halted: {halted}")
    chosen = coin or coin_of(name)
    if wired.settings.mode == "live":
        _agreed(f"probe {chosen} for {usd} USD")
    path = out or wired.folders.state / "venue-facts.json"
    return _probed(call, wired, chosen, usd, numbers, path)


def _wired(call: Call, venue: str | None) -> Wired:
    """The account; `--venue` chooses one on paper alone, and elsewhere it has to agree with the file."""
    overrides = (f"venue={venue}",) if venue and call.paper else ()
    wired = wire(replace(call, overrides=(*call.overrides, *overrides)).load("protection"))
    if venue not in (None, wired.settings.venue):
        raise ConfigError(f"--venue {venue}: the configuration is for {wired.settings.venue}")
    return wired


def _listed(venue: str | None, call: Call) -> int:
    for experiment in experiments_of(venue or _wired(call, venue).settings.venue):
        tried = experiment.how if experiment.trial is not None else f"not tried: {experiment.how}"
        decides = f" [{experiment.sets}]" if experiment.sets else ""
        click.echo(f"{experiment.number:>3}  {experiment.question}{decides}\n     {tried}")
    return int(Exit.OK)


def _agreed(sentence: str) -> None:
    """Real money is spent only for somebody who sits at a terminal and types what will happen."""
    if not sys.stdin.isatty():
        raise click.UsageError("--live needs a terminal: somebody has to type what will be done")
    if click.prompt(f"This trades with real money. Type: {sentence}", err=True) != sentence:
        raise click.UsageError("that was not the sentence; nothing was sent")


def _probed(call: Call, wired: Wired, coin: str, usd: Decimal, numbers: tuple[int, ...], path: Path) -> int:
    older = files.read(path)
    clock = SystemClock()
    guard.arm(PROTECTION_WAIT_S + DURATION_S)
    held = lock.acquire(lock_path_of(wired), command="probe", wait_s=PROTECTION_WAIT_S, clock=clock)
    if isinstance(held, lock.Busy):
        who = f"`trader {held.holder.command}`" if held.holder else "another process"
        click.echo(f"trader probe: the account's lock is held by {who}; nothing was sent", err=True)
        return int(Exit.BUSY)
    deadline = Deadline.after(clock, soft_s=DURATION_S, reserve_s=LAST_START_S)
    stop = guard.listen_for_stop(deadline.shorten, grace_s=STOP_GRACE_S)

    def over() -> bool:
        return stop.is_set or deadline.entry_remaining_s() <= 0

    def keep(found: Facts) -> None:
        files.write(path, found.over(older))

    with held:
        connection = connect(wired, clock, deadline.timeout)
        try:
            problem = withdrawal_problem(wired, connection.venue)
            if problem is not None:
                raise ConfigError(problem)
            bench = _bench(wired, connection, held, coin, usd, over)
            hand = hand_of(wired.settings.venue, bench)
            table, network = experiments_of(wired.settings.venue), wired.account.network
            tell = _say if not (call.quiet or call.as_json) else _silent
            found = made(bench, hand, table, network=network, only=numbers, tell=tell, keep=keep)
        except NotFlat as error:
            click.echo(f"trader probe: {printable(str(error), length_max=2_000)}", err=True)
            return int(Exit.NAKED)
        finally:
            connection.close()
    keep(found)
    _told(call, found.over(older), path)
    return int(Exit.OK)


def _bench(
    wired: Wired,
    connection: Connection,
    held: lock.Held,
    coin: str,
    usd: Decimal,
    over: Callable[[], bool],
) -> Bench:
    """An adapter of its own, which reads the coin whether or not the file names it."""
    link = replace(connection.link, coins=connection.link.coins | {coin})
    venue = parts_of(wired.settings.venue).adapter(link)
    since_ms, is_settled = held.found.since_ms, held.found.clean or wired.is_in_process
    arrival_ms = venue.abilities.write_expiry_ms + ARRIVAL_MARGIN_MS
    begun_ms = link.clock.now_ms() if since_ms is None else since_ms
    return Bench(
        link,
        venue,
        coin=coin,
        usd=usd,
        latch=held,
        dirty_until_ms=0 if is_settled else begun_ms + arrival_ms,
        stop_requested=over,
    )


def _say(fact: Fact) -> None:
    what = f"{fact.answer}" if fact.answered else "no answer"
    remark = f" ({printable(fact.remark, length_max=300)})" if fact.remark else ""
    click.echo(f"{fact.number:>3}  {fact.question} {what}{remark}")


def _silent(_fact: Fact) -> None:
    return None


def _told(call: Call, found: Facts, path: Path) -> None:
    """Where the facts are, and what of them belongs into the configuration."""
    if call.as_json:
        click.echo(files.text_of(found), nl=False)
        return
    if call.quiet:
        return
    answered = sum(fact.answered for fact in found.facts)
    click.echo(f"{answered} of {len(found.facts)} questions are answered in {path}; {found.coin} is flat")
    settings = abilities_from(found)
    if settings:
        inner = ", ".join(f"{name}: {word}" for name, word in settings.items())
        click.echo(f"the configuration may say: abilities: {{{inner}}}")
