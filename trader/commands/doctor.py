"""`trader doctor`: is everything as it must be, from the file to the venue? It changes nothing."""

import json
from collections.abc import Sequence

import click

from trader import guard
from trader.commands.options import Call, account_options
from trader.commands.patient import DEADLINE_S, Gathered, Outside, gather
from trader.core.errors import ConfigError
from trader.core.text import printable, seconds, utc
from trader.doctor.examination import examine
from trader.doctor.findings import Result, exit_code
from trader.doctor.wording import doctor_json, doctor_text


@click.command("doctor")
@click.option("--live", is_flag=True, help="Also print the fingerprint for live.fingerprint.")
@click.option("--alert", is_flag=True, help="Also send a test message to everybody who is told.")
@account_options
def command(call: Call, live: bool, alert: bool) -> int:
    """Check the file, this machine, the key and the account, each with cause and fix; changes nothing.

    Exit 0 when nothing failed (warnings are allowed), else the worst of what failed: 78 for what is to be set
    right here, 10, 11 and 12 for the venue, 24 for a second host.
    """
    guard.harden()
    guard.arm(DEADLINE_S)
    outside = Outside()
    began_ms = outside.clock.elapsed_ms()
    gathered = gather(call, outside, live=live, alert=alert)
    if live:
        _require_live(gathered)
    results = examine(gathered.patient)
    _tell(call, gathered, results, took_ms=outside.clock.elapsed_ms() - began_ms, live=live)
    return int(exit_code(results))


def _require_live(gathered: Gathered) -> None:
    settings = gathered.patient.settings
    if settings is not None and settings.mode != "live":
        raise ConfigError(
            f"--live: the configuration says mode: {settings.mode}, and a fingerprint is that of an account "
            "with real money: write mode: live into the file first"
        )


def _tell(call: Call, gathered: Gathered, results: Sequence[Result], *, took_ms: int, live: bool) -> None:
    patient, found = gathered.patient, gathered.fingerprint if live else None
    settings = patient.settings
    place = {
        "realm": None if settings is None else settings.mode,
        "venue": None if settings is None else settings.venue,
        "account": None if settings is None else settings.account,
    }
    if call.as_json:
        said = doctor_json({**place, "took_ms": took_ms}, results, fingerprint=found)
        click.echo(json.dumps(said, indent=2))
        return
    who = " ".join(printable(word) for word in place.values() if word) or "no account"
    title = f"{who}: doctor at {utc(patient.now_ms)}, {seconds(took_ms)}"
    click.echo(doctor_text(title, results, quiet=call.quiet), nl=False)
    if live and found is not None:
        click.echo(f'the account that answered, for the configuration: live: {{fingerprint: "{found}"}}')
