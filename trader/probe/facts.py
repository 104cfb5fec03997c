"""What a venue answered, as a file: numbered facts with its own words.

Rules: an answer that was not had is no answer; it never stands for a default. A later run keeps what it could
not ask anew, so that an account in one mode and then in the other fill one file. The file names the venue and
its network: facts of one are never read as facts of another.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

from trader.core.errors import ConfigError
from trader.core.frozen import frozen

SCHEMA = "trader.venue-facts/1"
Value = str | int | bool | None


@frozen
class Fact:
    """One question. `sets` is the switch of the embedded exchange that the answer decides, "" if none;
    `remark` says why there is no answer, or what else is to be known of it."""

    number: int
    question: str
    sets: str
    answered: bool
    answer: Value
    remark: str
    words: tuple[str, ...]
    at: str


@frozen
class Facts:
    """All that is known of one venue's network."""

    venue: str
    network: str
    coin: str
    at: str
    facts: tuple[Fact, ...] = field(default=())

    def answer(self, number: int) -> Fact | None:
        """The fact with this number, where it was answered."""
        return next((fact for fact in self.facts if fact.number == number and fact.answered), None)

    def over(self, older: "Facts | None") -> "Facts":
        """These, with what only the older ones could answer."""
        if older is None or (older.venue, older.network) != (self.venue, self.network):
            return self
        kept = [fact if fact.answered else older.answer(fact.number) or fact for fact in self.facts]
        return replace(self, facts=tuple(kept))


def text_of(facts: Facts) -> str:
    """The file's text."""
    return json.dumps({"schema": SCHEMA, **asdict(facts)}, indent=2) + "\n"


def facts_of(text: str, where: str) -> Facts:
    """The facts in a file's text; ConfigError when it is not one of this kind."""
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ConfigError(f"{where}: its schema is {data['schema']!r}, expected {SCHEMA}")
        rows: Iterable[Mapping[str, Any]] = data["facts"]
        facts = tuple(Fact(**{**row, "words": tuple(row["words"])}) for row in rows)
        return Facts(data["venue"], data["network"], data["coin"], data["at"], facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{where} is not a file of venue facts: {error!r}; run the probe anew") from error


def read(path: Path) -> Facts | None:
    """The facts of a file; None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return facts_of(text, str(path))


def write(path: Path, facts: Facts) -> None:
    """Replace the file whole; ConfigError when it cannot be."""
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text_of(facts), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
