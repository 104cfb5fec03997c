"""What the venue said and nobody knows is kept for a report, without a signature and without a secret."""

import json
import stat
from pathlib import Path
from typing import Any

from trader.core.wire import Answer, Exchanged, Lost, Request
from trader.redaction import Veil
from trader.sinks.unfamiliar import FILES_KEPT, Unfamiliar

AT_MS = 1_764_000_000_000
SECRET = "hK9v2mQx7Lr4Tz8W"


def kept(tmp_path: Path, *last: Exchanged, number: int = 7) -> tuple[str, dict[str, Any], bytes]:
    veil = Veil()
    veil.hide(SECRET)
    folder = tmp_path / "unfamiliar"
    told = Unfamiliar(folder, veil.text).keep(["-4999 what"], last, at_ms=AT_MS, number=number)
    (file,) = folder.glob(f"*-{number}.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in told
    return told, json.loads(file.read_bytes()), file.read_bytes()


def test_a_request_keeps_what_explains_it_and_loses_what_signs_it(tmp_path: Path) -> None:
    signed = Request(
        "https://venue.example/fapi/v1/order?symbol=BTCUSDT&signature=abcdef&timestamp=1",
        b'{"action": {"type": "order"}, "signature": {"r": "0x1"}}',
        "POST",
        (("X-KEY", SECRET), ("Accept", "json")),
        is_write=True,
    )
    _, document, raw = kept(tmp_path, Exchanged(signed, Answer(400, b'{"code": -4999}')))
    (one,) = document["exchanges"]
    assert document["unfamiliar"] == ["-4999 what"]
    assert one["request"] == {
        "method": "POST",
        "place": "venue.example/fapi/v1/order",
        "query": [["symbol", "BTCUSDT"], ["timestamp", "1"]],
        "headers": ["X-KEY", "Accept"],
        "body": {"action": {"type": "order"}},
        "is_write": True,
    }
    assert (one["status"], one["answer"]) == (400, '{"code": -4999}')
    assert b"abcdef" not in raw and b"0x1" not in raw


def test_a_secret_that_the_venue_repeats_is_taken_out(tmp_path: Path) -> None:
    said = f'{{"msg": "key {SECRET} is unknown"}}'.encode()
    form = Request("https://venue.example/x", f"apiKey={SECRET}&signature=zz&a=1".encode())
    _, document, raw = kept(tmp_path, Exchanged(form, Answer(401, said)))
    assert SECRET.encode() not in raw
    assert document["exchanges"][0]["request"]["body"] == [["apiKey", "(secret)"], ["a", "1"]]


def test_a_lost_answer_is_told_as_lost(tmp_path: Path) -> None:
    lost = Exchanged(Request("https://venue.example/x"), Lost(True, "reset"))
    _, document, _ = kept(tmp_path, lost)
    assert document["exchanges"][0]["lost"] == "reset"


def test_only_the_newest_files_stay(tmp_path: Path) -> None:
    sink = Unfamiliar(tmp_path / "unfamiliar", str)
    for number in range(FILES_KEPT + 3):
        sink.keep(["x"], [], at_ms=AT_MS + number * 1000, number=number)
    names = sorted(file.name for file in (tmp_path / "unfamiliar").iterdir())
    assert len(names) == FILES_KEPT
    assert names[0].endswith("-3.json")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = Unfamiliar(tmp_path / "file" / "unfamiliar", str).keep(["x"], [], at_ms=AT_MS, number=1)
    assert told.startswith("the exchange could not be kept in ")
