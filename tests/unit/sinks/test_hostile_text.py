"""Whatever a venue says, a reader's terminal, log and message hold one line of it that nothing obeys."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import a_policy
from tests.support.reports import a_close, a_long, a_report, an_entry, held, seen
from trader.cli import _told
from trader.core.errors import ConfigError
from trader.core.orders import Refusal, Rejected, Unreadable
from trader.core.report import Done, Exit, Naked, Refused, Report, Unread, Verdict, Verified
from trader.core.target import Stay
from trader.report.status import status_text
from trader.sinks.deliver import Outlet, deliver
from trader.sinks.events import state_events
from trader.sinks.heartbeat import body_of
from trader.sinks.journal import DecisionInputs, Journal
from trader.sinks.metric_samples import Configured
from trader.sinks.metrics import Metrics
from trader.sinks.notify import Notify, Sent
from trader.sinks.plan_text import diff_lines
from trader.sinks.run_json import to_run_json
from trader.sinks.text import run_text

# Letters, and all that moves a cursor, hides, reverses, joins or breaks a line, or is no character at all.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("aZ0 \"'\\{}"),
        st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")),
        st.sampled_from("\x1b\r\n\x9b\u202e\u2066\u200b\u2028\ufeff\x7f\ud800"),
    ),
    min_size=1,
    max_size=30,
)
CLASSIC = "x\nlive hyperliquid main: all is well\r\x1b[2K\u202e\u2028\ud800"


def report_of(text: str) -> Report:
    """A run in which a venue's words, order tags and symbols are all this text."""
    coin = f"B{text}"[:20]
    reading = held(a_long(), a_long(coin))
    refusal = Rejected(Refusal.OTHER, text)
    return a_report(
        reading,
        realm=text,
        venue=text,
        account=text,
        verdict=Verdict(
            {"BTC": Stay(text), coin: Stay(text)},
            (),
            (Refused(replace(an_entry(coin), reason=text), "rule", text),),
            notes=(text,),
        ),
        done=(Done(replace(a_close(coin), reason=text), refusal, 1, 2),),
        verified=Verified(
            (Naked(coin, a_long().size, (text,)), Unread(coin, text)), notes=(text,), holdings=reading
        ),
        codes=frozenset({Exit.NAKED}),
        problems=(text,),
        notes=(text,),
        unfamiliar=(text,),
    )


def shown_by(report: Report, folder: Path) -> Iterator[tuple[str, str]]:
    """What each place shows, by its name."""
    snapshot = seen(report.verified.holdings if report.verified else None)
    blind = replace(snapshot, holdings=replace(snapshot.holdings, orders=Unreadable("x", report.realm)))
    yield "run", run_text(report)
    yield "status", status_text(report.realm, snapshot, a_policy(), report.realm)
    yield "status without orders", status_text(report.realm, blind, a_policy(), None)
    assert report.verdict is not None
    yield "plan", "\n".join(diff_lines(report.verdict, snapshot))
    yield "json", json.dumps(to_run_json(report))
    yield "heartbeat", body_of(report)
    yield "events", "\n".join(event.text for event in state_events(report))
    told: list[str] = []

    def send(title: str, body: str) -> Sent:
        told.extend((title, *body.split("\n")))
        return Sent(1)

    outlets = [
        Outlet("notify", Notify(folder / "told", send).tell),
        Outlet("metrics", Metrics(folder / "trader.prom", Configured(60)).tell),
        Outlet("journal", Journal(folder / "journal", DecisionInputs({}, None, None)).tell),
    ]
    assert deliver(report, outlets) == []
    yield "message", "\n".join(told)
    yield "metrics", (folder / "trader.prom").read_text(encoding="utf-8")
    for file in (folder / "journal").glob("*.jsonl"):
        yield "journal", file.read_text(encoding="utf-8")


def is_harmless(text: str) -> bool:
    return all(line.replace("\x7f", "").isprintable() for line in text.split("\n"))


def check(text: str) -> None:
    with TemporaryDirectory() as folder:
        plain = dict(shown_by(report_of("x"), Path(folder)))
    with TemporaryDirectory() as folder:
        for place, shown in shown_by(report_of(text), Path(folder)):
            assert is_harmless(shown), (place, shown)
            assert shown.count("\n") == plain[place].count("\n"), f"{place} has lines that nobody wrote"


def test_the_classic_tricks_show_as_what_they_are() -> None:
    check(CLASSIC)


@settings(max_examples=25)
@given(HOSTILE)
def test_no_place_shows_what_a_terminal_obeys(text: str) -> None:
    check(text)


@given(HOSTILE)
def test_an_error_that_quotes_it_is_shown_line_by_line(text: str) -> None:
    shown: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", lambda said, **_: shown.append(said))
        _told(f"trader: {ConfigError(text)}", Exit.CONFIG)
    assert is_harmless(shown[0])
