"""Takes secrets out of whatever leaves the process, by their values and in every dress they may wear.

Rules: by value and never by name, since a library or a venue calls them as it likes. Each is looked for as it
is, in base64 (both alphabets, wherever in a longer text it begins), in hexadecimal, as URLs and as JSON spell
it, once or twice over, and without regard to capitals. One shorter than `SHORTEST` is not, nor is a short
number: they would be found where they are none. One `Veil` is made at the edge of the process, filled where
secrets are read, and handed to whatever writes: no module keeps a secret, and two runs in one process share
none.
"""

import binascii
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, urlsplit

SHORTEST = 6
INSTEAD = "(secret)"
_NUMBER_SHORTEST = 16  # a shorter one may be a price, a time or an order's number
_PART_SHORTEST = 8  # of a URL: a shorter step of its path is a common word
_PART_SURELY = 20  # a step this long is a token even without a digit
_WEB = ("http", "https")
_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2}){16,}")


class Veil:
    """What must not be shown, and the last look at a text before it is."""

    def __init__(self) -> None:
        self._hidden: set[str] = set()
        self._forms: list[bytes] = []
        self._pattern: re.Pattern[bytes] | None = None

    def __repr__(self) -> str:
        return f"Veil({len(self._hidden)} secrets)"

    def hide(self, *secrets: str) -> None:
        """From here on these are not shown."""
        for secret in secrets:
            is_a_number = secret.isdigit() and len(secret) < _NUMBER_SHORTEST
            if len(secret) >= SHORTEST and not is_a_number:
                self._look_for(secret, forms_of(secret))

    def hide_as_sent(self, *texts: str) -> None:
        """What goes over the wire, looked for in these letters alone, or as a URL spells them: it is much."""
        for text in texts:
            if len(text) >= SHORTEST:
                forms = {text.lower().encode(), quote(text, safe="").lower().encode()}
                self._look_for(text, forms)

    def _look_for(self, secret: str, forms: Iterable[bytes]) -> None:
        if secret not in self._hidden:
            self._hidden.add(secret)
            self._forms.extend(forms)
            self._pattern = None

    def hide_url(self, url: str) -> None:
        """A URL that is a secret, and what of it would do as one: libraries quote them in parts."""
        self.hide(*parts_of_url(url))

    def data(self, data: bytes) -> bytes:
        """The same bytes without secrets."""
        lowered = data.lower()
        if not any(form in lowered for form in self._forms):
            return data
        if self._pattern is None:
            longest_first = sorted(set(self._forms), key=len, reverse=True)
            self._pattern = re.compile(b"|".join(re.escape(f) for f in longest_first), re.IGNORECASE)
        return self._pattern.sub(INSTEAD.encode(), data)

    def text(self, text: str) -> str:
        """The same text without secrets."""
        data = text.encode("utf-8", "surrogatepass")
        shown = self.data(data)
        return text if shown is data else shown.decode("utf-8", "surrogatepass")


def forms_of(secret: str) -> Iterator[bytes]:
    """Every way in which a secret may be written, without capitals, each once."""
    plain = secret.encode("utf-8", "surrogatepass")
    spelled = {
        plain,
        secret.upper().encode("utf-8", "surrogatepass"),
        secret.encode("ascii", "backslashreplace"),
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"),
        json.dumps(secret).replace("/", "\\/")[1:-1].encode(),
        quote(secret, safe="", errors="replace").encode(),
        quote(secret, errors="replace").encode(),
        quote_plus(secret, errors="replace").encode(),
        quote(quote(secret, safe="", errors="replace"), safe="").encode(),
        json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        binascii.hexlify(plain),
        *_in_base64(plain),
        *_of_digits(secret),
    }
    yield from sorted({form.lower() for form in spelled if len(form) >= SHORTEST})


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """What surely stands in the base64 of any text that holds these bytes, for each way it may begin."""
    for before in range(3):
        whole = binascii.b2a_base64(bytes(before) + plain, newline=False)
        # A digit stands for six bits: the first and the last may be shared with what stands beside.
        begin = (before * 8 + 5) // 6
        end = (before + len(plain)) * 8 // 6
        surely = whole[begin:end]
        yield surely
        yield surely.translate(bytes.maketrans(b"+/", b"-_"))


def _of_digits(secret: str) -> Iterator[bytes]:
    """A key written in hexadecimal stands for bytes, which have forms of their own."""
    digits = secret.removeprefix("0x")
    if _DIGITS.fullmatch(digits) is None:
        return
    plain = bytes.fromhex(digits)
    yield digits.encode()
    yield plain
    yield repr(plain)[2:-1].encode()
    yield str(int(digits, 16)).encode()
    yield from _in_base64(plain)


def parts_of_url(url: str) -> Iterator[str]:
    """The URL, and what of it would open the same door."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    is_web = parts.scheme in _WEB
    rest = url.partition("://")[2]
    if is_web:
        yield from (parts.username or "", parts.password or "")
        rest = rest.partition("/")[2]
    yield rest
    for step in (*re.split(r"[/?&=@]", rest), *re.split(r"[/?&=@:]", rest)):
        if len(step) >= _PART_SURELY or (len(step) >= _PART_SHORTEST and _is_mixed(step)):
            yield step


def _is_mixed(step: str) -> bool:
    """Letters with digits, or capitals within a word: no word that a text would hold."""
    letters = "".join(c for c in step if c.isalpha())
    has_digits = any(c.isdigit() for c in step)
    return bool(letters) and (
        has_digits or letters not in (letters.lower(), letters.upper(), letters.title())
    )
