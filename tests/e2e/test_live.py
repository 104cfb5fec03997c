"""Real money needs three things that agree; whatever is missing ends with 78 before the first write.

The real hosts are played on this machine. The processes, their keys and their signatures are as on a real
account, so that what arrives is all that would have left.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.lasting import lasting_home as lasting_home
from tests.support.real_places import RealPlace
from trader.core.fingerprint import fingerprint
from trader.parts import NAMES
from trader.sim.binance.venue import Venue as PlayedBinance
from trader.sim.okx.venue import Venue as PlayedOkx

PROTECTION = ("check-sl", "flatten", "protect --coin BTC --stop 0.1 --yes")


@pytest.fixture(params=NAMES)
def place(request: pytest.FixtureRequest, lasting_home: Path) -> Iterator[RealPlace]:
    with RealPlace(request.param, lasting_home) as one:
        yield one


@pytest.fixture
def one_place(lasting_home: Path) -> Iterator[RealPlace]:
    with RealPlace("hyperliquid", lasting_home) as one:
        yield one


def test_with_all_three_it_trades_and_says_whose_money_it_is(place: RealPlace) -> None:
    place.configure()
    result = place.run("run", "--live")
    assert (result.code, result.said) == (0, "")
    assert result.out.startswith(f"live {place.venue} main: run at ")
    assert place.holds_btc()
    assert "covered by its stop" in result.out
    line = json.loads(next(place.machine.home.rglob("journal/*.jsonl")).read_text())
    assert line["report"]["realm"] == "live"


def test_without_the_word_on_the_command_line_nothing_is_asked(place: RealPlace) -> None:
    place.configure()
    result = place.run("run")
    assert result.code == 78
    assert "needs --live as well" in result.said
    assert "Nobody has traded this version on a real account yet" in result.said
    assert place.requests == []


def ends_before_it_writes(place: RealPlace, command: str, wanted: str) -> None:
    result = place.run(*command.split())
    assert result.code == 78, result
    assert f"live.fingerprint: {wanted} is not this account" in result.said
    assert place.fingerprint in result.said
    assert place.requests != []
    assert place.writes == []


def test_a_wrong_fingerprint_ends_a_run_before_its_first_write(place: RealPlace) -> None:
    other = fingerprint(place.venue, "live", "another account")
    place.configure(wanted=other)
    ends_before_it_writes(place, "run --live", other)


def test_protection_ends_there_too_and_another_network_is_another_account(one_place: RealPlace) -> None:
    other = fingerprint("hyperliquid", "testnet", one_place.keys.account_id)
    one_place.configure(wanted=other)
    for command in PROTECTION:
        ends_before_it_writes(one_place, command, other)


OTHERS = {"hyperliquid": "0x" + "ab" * 20, "okx": "44705892343619584", "binance": "OtherAlias"}


def test_a_venue_that_answers_another_account_than_the_credentials_ends_it(place: RealPlace) -> None:
    """The fingerprint is the right one for what the credentials claim: the claim is what is wrong."""
    claimed = OTHERS[place.venue]
    place.configure(ACCOUNT=claimed, wanted=fingerprint(place.venue, "live", claimed))
    result = place.run("run", "--live")
    assert result.code == 78, result
    assert f"the key signs for account {place.keys.account_id}" in result.said.lower() + result.said
    assert place.writes == []


def test_a_venue_that_does_not_answer_whose_key_it_is_gets_nothing(place: RealPlace) -> None:
    place.configure()
    place.line.before = lambda _request: False
    result = place.run("run", "--live", haste=20)
    assert result.code == 10, result
    assert place.writes == []


@pytest.mark.parametrize("mode", ["paper", "testnet"])
def test_the_command_line_cannot_make_money_real(one_place: RealPlace, mode: str) -> None:
    one_place.configure()
    file = one_place.machine.home / ".config/trader/config.yaml"
    file.write_text(file.read_text().replace("mode: live", f"mode: {mode}"))
    result = one_place.run("run", "--live")
    assert (result.code, result.out) == (78, "")
    assert f"--live: the configuration says mode: {mode}; nothing was sent" in result.said
    result = one_place.run("run", "--live", "--set", "mode=live")
    assert (result.code, result.out) == (78, "")
    assert "mode: --set cannot say it where money is real" in result.said
    assert one_place.requests == []


def test_the_command_line_cannot_say_whose_account_it_is(one_place: RealPlace) -> None:
    one_place.configure(wanted="00000000")
    said = f'live.fingerprint="{one_place.fingerprint}"'
    result = one_place.run("run", "--live", "--set", said)
    assert result.code == 78
    assert "live.fingerprint: --set cannot say it where money is real" in result.said
    assert one_place.requests == []


def test_paper_on_the_command_line_stays_on_this_machine(one_place: RealPlace) -> None:
    one_place.configure(extra="paper: {feed: bundle}\n")
    result = one_place.run("run", "--paper")
    assert result.code == 0, result
    assert result.out.startswith("paper hyperliquid main")
    assert one_place.requests == []


def test_protection_needs_no_word_on_the_command_line(one_place: RealPlace) -> None:
    one_place.configure()
    assert one_place.run("run", "--live").code == 0
    for command in ("check-sl", "halt", "plan"):
        one_place.pass_time(61)
        result = one_place.run(command)
        assert result.code == 0, (command, result)
        assert result.out.startswith("live"), (command, result)
    assert one_place.run("flatten").code == 0
    assert not one_place.holds_btc()


def test_a_file_without_a_fingerprint_does_not_even_protect(one_place: RealPlace) -> None:
    one_place.configure()
    file = one_place.machine.home / ".config/trader/config.yaml"
    file.write_text("".join(x for x in file.read_text().splitlines(True) if "fingerprint" not in x))
    for command in ("check-sl", "halt"):
        result = one_place.run(command)
        assert result.code == 78, command
        assert "live.fingerprint is missing" in result.said
    assert one_place.requests == []


def test_a_key_that_may_withdraw_gets_no_new_risk_and_still_protects(lasting_home: Path) -> None:
    with RealPlace("binance", lasting_home) as place:
        place.configure()
        venue = place.exchange.venue
        assert isinstance(venue, PlayedBinance)
        found = venue.keys.find(place.keys.secrets["API_KEY"])
        assert found is not None
        venue.keys.add(replace(found, may_withdraw=True))
        result = place.run("run", "--live")
        assert result.code == 78, result
        assert "the key may withdraw" in result.text
        assert not place.holds_btc()
        venue.keys.add(found)
        assert place.run("run", "--live").code == 0
        assert place.holds_btc()
        venue.keys.add(replace(found, may_transfer_anywhere=True))
        assert place.run("check-sl").code == 0


def test_a_right_to_withdraw_that_cannot_be_read_is_taken_for_one(lasting_home: Path) -> None:
    with RealPlace("binance", lasting_home) as place:
        place.configure()
        place.line.before = lambda request: "apiRestrictions" not in request.url
        result = place.run("run", "--live")
        assert result.code == 78, result
        assert "whether the key may withdraw could not be read" in result.text
        assert not place.holds_btc()


def test_a_key_of_okx_that_may_withdraw_gets_no_new_risk(lasting_home: Path) -> None:
    with RealPlace("okx", lasting_home) as place:
        place.configure()
        venue = place.exchange.venue
        assert isinstance(venue, PlayedOkx)
        venue.keys.restrict(place.keys.secrets["API_KEY"], ("read_only", "trade", "withdraw"))
        result = place.run("run", "--live")
        assert result.code == 78, result
        assert "the key may withdraw" in result.text
        assert not place.holds_btc()
