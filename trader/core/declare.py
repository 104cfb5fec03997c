"""A setting declared once: its default and what it may be, beside its name in the dataclass that holds it.

Validation, error texts, `config show` and the example files are all read off these declarations, so a
bound can not say one thing in the file's checker and another in the program.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field
from typing import Any

_KEY = "declared"


@dataclass(frozen=True, slots=True)
class Declared:
    """What a setting may be. `absent` is the word that stands for None in the file.

    `kind` names a form of text (a path, a URL). An inert setting is accepted although nothing in this
    version acts on it, and `config check` says so.
    """

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = ()
    kind: str = ""
    example: str = ""
    absent: str = ""
    is_secret: bool = False
    is_inert: bool = False


def setting(
    default: Any = MISSING,
    *,
    factory: Any = MISSING,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    choices: tuple[str, ...] = (),
    kind: str = "",
    example: str = "",
    absent: str = "",
    is_secret: bool = False,
    is_inert: bool = False,
) -> Any:
    """A dataclass field that carries its bounds; without a default the file must give it."""
    declared = Declared(
        above=above,
        at_least=at_least,
        below=below,
        at_most=at_most,
        choices=choices,
        kind=kind,
        example=example,
        absent=absent,
        is_secret=is_secret,
        is_inert=is_inert,
    )
    metadata: Mapping[str, Declared] = {_KEY: declared}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


def declared_of(entry: "Field[Any]") -> Declared:
    """The declaration of a field; one that carries none has no bounds."""
    found = entry.metadata.get(_KEY)
    return found if isinstance(found, Declared) else Declared()
