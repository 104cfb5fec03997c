"""Strict pydantic models made from the settings dataclasses, so that nothing is declared twice.

Rules: types are exact (text is never a number, 1 is never true), unknown keys are refused, and the bounds
are those in the fields' metadata. A group that is empty in the file is one that was left out. The models
only judge: `given` returns what was written, and the dataclasses' own defaults fill the rest.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic import Field as Bounded

from trader.config import forms
from trader.config.document import Path
from trader.core.frozen import frozen

BOUNDS = ("gt", "ge", "lt", "le")


@frozen
class Wrong:
    """One value that the model refuses; `kind` is pydantic's name of the reason."""

    path: Path
    kind: str
    value: object
    reason: str


@cache
def model_of(cls: type, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """The model of a settings dataclass; fields in `without` may hold anything."""
    hints = get_type_hints(cls)
    entries: dict[str, Any] = {}
    for entry in fields(cls):
        hint = Any if entry.name in without else annotation(hints[entry.name], entry.metadata)
        entries[entry.name] = (hint, ... if is_required(entry) else None)
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    return create_model(cls.__name__, __config__=config, **entries)


def is_required(entry: "Field[Any]") -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def check(model: type[BaseModel], data: object) -> tuple[dict[str, Any] | None, list[Wrong]]:
    """What was given, in the types of the settings, or everything that is wrong with it."""
    try:
        return model.model_validate(data).model_dump(exclude_unset=True), []
    except ValidationError as error:
        return None, [
            Wrong(
                path=tuple(part for part in e["loc"] if part != "[key]"),
                kind="key" if e["loc"][-1:] == ("[key]",) else e["type"],
                value=e["input"],
                reason=str(e.get("ctx", {}).get("error", "")),
            )
            for e in error.errors(include_url=False)
        ]


def build(cls: Any, given: Mapping[str, Any]) -> Any:
    """The dataclass: what was given over its defaults."""
    hints = get_type_hints(cls)
    return cls(**{name: _built(hints[name], value) for name, value in given.items()})


def member_of(hint: Any) -> Any:
    """The type without `| None`."""
    if get_origin(hint) in (Union, UnionType):
        return next(a for a in get_args(hint) if a is not NoneType)
    return hint


def _built(hint: Any, value: Any) -> Any:
    hint = member_of(hint)
    if is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value)
    if get_origin(hint) is tuple and value is not None:
        return tuple(value)
    if is_mapping(hint):
        return {key: _built(get_args(hint)[1], item) for key, item in value.items()}
    return value


def is_mapping(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def annotation(hint: Any, metadata: Mapping[str, Any]) -> Any:
    """The type that pydantic is to check for one field."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = annotation(member_of(hint), {**metadata, "absent": ""}) | None
        word = metadata.get("absent")
        return Annotated[inner, BeforeValidator(lambda v: None if v == word else v)] if word else inner
    if is_dataclass(hint) and isinstance(hint, type):
        return Annotated[model_of(hint), BeforeValidator(_empty_group)]
    if origin is tuple:
        item: Any = annotation(get_args(hint)[0], metadata)
        return list[item]
    if is_mapping(hint):
        key: Any = Annotated[str, AfterValidator(forms.coin)]
        entry: Any = annotation(get_args(hint)[1], {})
        return Annotated[dict[key, entry], BeforeValidator(_empty_group)]
    return _leaf(hint, metadata)


def _leaf(hint: Any, metadata: Mapping[str, Any]) -> Any:
    result = hint
    bounds = {name: metadata[name] for name in BOUNDS if name in metadata}
    if bounds:
        result = Annotated[result, Bounded(**bounds)]
    if hint is Decimal:
        result = Annotated[result, BeforeValidator(_exact)]
    if "kind" in metadata:
        result = Annotated[result, AfterValidator(forms.FORMS[metadata["kind"]])]
    return result


def _empty_group(value: object) -> object:
    return {} if value is None else value


def _exact(value: object) -> object:
    """A number as it was written: the shortest decimal that reads back as the float."""
    if type(value) is int:
        return Decimal(value)
    return Decimal(repr(value)) if type(value) is float else value
