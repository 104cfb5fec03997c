"""No secret passes the veil, in whatever dress it comes; and nothing else is touched."""

import base64
import json
import string
import tracemalloc
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.redaction import INSTEAD, SHORTEST, Veil

KEY = "0x" + "c4f1" * 16
WORDS = 'Pass/phrase+1 \\ "two" é'

DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "url-safe base64": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 behind one byte": lambda s: base64.b64encode(b":" + s.encode() + b"@host").decode(),
    "base64 behind two bytes": lambda s: base64.b64encode(b"u:" + s.encode() + b"\n").decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "capital hexadecimal": lambda s: s.encode().hex().upper(),
    "url": lambda s: quote(s, safe=""),
    "url path": quote,
    "url form": quote_plus,
    "url within a url": lambda s: quote(quote(s, safe=""), safe=""),
    "json": lambda s: json.dumps({"a": s}),
    "json within json": lambda s: json.dumps({"body": json.dumps({"a": s})}),
    "json as is": lambda s: json.dumps([s], ensure_ascii=False),
    "ascii with escapes": lambda s: s.encode("ascii", "backslashreplace").decode(),
}


def veil(*secrets: str) -> Veil:
    made = Veil()
    made.hide(*secrets)
    return made


@pytest.mark.parametrize("secret", [KEY, WORDS, "a" * SHORTEST], ids=["key", "words", "short"])
@pytest.mark.parametrize("dress", DRESSES)
def test_no_dress_helps(dress: str, secret: str) -> None:
    worn = DRESSES[dress](secret)
    shown = veil(secret).text(f"before {worn} after")
    assert INSTEAD in shown
    assert worn not in shown
    assert shown.startswith("before ") and shown.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        "c4f1" * 16,
        repr(bytes.fromhex("c4f1" * 16)),
        str(int("c4f1" * 16, 16)),
        base64.b64encode(bytes.fromhex("c4f1" * 16)).decode(),
        f'{{"privateKey":"{KEY[2:]}"}}',
    ],
)
def test_a_hexadecimal_key_has_the_forms_of_its_bytes_too(text: str) -> None:
    assert INSTEAD in veil(KEY).text(text)


SECRETS = st.text(string.ascii_letters + string.digits + "-_+/=.:~", min_size=12, max_size=70).map(
    "k".__add__
)


@settings(max_examples=40)
@given(secret=SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_base64_of_any_text_around_a_secret_is_seen(secret: str, before: bytes, after: bytes) -> None:
    whole = before + secret.encode() + after
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = veil(secret).data(encode(whole))
        assert INSTEAD.encode() in shown
        assert len(shown) <= len(encode(whole)) - len(secret) + len(INSTEAD)


@settings(max_examples=30)
@given(text=st.text(max_size=200))
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    made = veil("not in the text at all 1")
    assert made.text(text) == text
    assert made.data(text.encode("utf-8", "surrogatepass")) == text.encode("utf-8", "surrogatepass")


def test_what_is_too_short_or_a_number_would_be_found_everywhere() -> None:
    assert (
        veil("12345", "", "0", "1785600000000").text("12345.0 at 1785600000000") == "12345.0 at 1785600000000"
    )


def test_two_secrets_of_which_one_begins_the_other() -> None:
    assert veil("hunter22", "hunter22-more").text("hunter22-more and hunter22") == f"{INSTEAD} and {INSTEAD}"


def test_one_that_is_hidden_later_is_hidden() -> None:
    made = veil("first-one")
    assert made.text("first-one second-one") == f"{INSTEAD} second-one"
    made.hide("second-one")
    assert made.text("first-one second-one") == f"{INSTEAD} {INSTEAD}"


@pytest.mark.parametrize(
    ("url", "quoted"),
    [
        ("https://hooks.example/services/T0AB/B0CDEFGHI/tokentokentokentoken", "/services/T0AB/B0CDEFGHI/"),
        ("https://hooks.example/services/T0AB/B0CDEFGHI/tokentokentokentoken", "tokentokentokentoken"),
        ("tgram://123456789:AAbbCCddEEff/987654321", "123456789:AAbbCCddEEff"),
        ("ntfy://my-own-topic", "topic my-own-topic is closed"),
        ("https://user:letmein9@hc.example/ping", "letmein9"),
        (
            "https://hc.example/12ab34cd-0000-1111-2222-333344445555",
            "url: /12ab34cd-0000-1111-2222-333344445555",
        ),
    ],
)
def test_a_url_is_known_by_its_parts(url: str, quoted: str) -> None:
    made = Veil()
    made.hide_url(url)
    assert url not in made.text(f"POST {url}")
    assert INSTEAD in made.text(quoted)


def test_the_host_of_a_url_may_be_named() -> None:
    made = Veil()
    made.hide_url("https://hooks.example/services/T0AB/B0CDEFGHI")
    assert made.text("https://hooks.example answered 500") == "https://hooks.example answered 500"


def test_it_shows_nothing_of_itself() -> None:
    assert "hunter22" not in f"{veil('hunter22')!r} {veil('hunter22')}"


def test_a_large_text_without_secrets_is_not_copied_often() -> None:
    data, made = b"x" * 1_000_000, veil(KEY, WORDS)
    made.data(data)
    tracemalloc.start()
    try:
        made.data(data)
        assert tracemalloc.get_traced_memory()[1] < 2_500_000
    finally:
        tracemalloc.stop()
