"""Frozen values to JSON and back, exactly, led by their declared types.

Rules: money travels as text, floats as the shortest number that reads back, and a dataclass in a union
carries its class name under "is". Reading is strict: an unknown, missing or mistyped field is Malformed
with its path, also where the field has a default, so that a file of another version is never half believed.
Writing what cannot be read back is a bug (Broken). Type hints are resolved once a class.

Only declared types decide, never the text in the file, so no file can name a class to build.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum, StrEnum
from functools import cache, partial
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from trader.core.codec_leaves import (
    SIMPLE,
    Codec,
    Mismatch,
    enum_codec,
    exactly,
    kind_of,
    literal_codec,
    shown,
    write_exactly,
    wrong_kind,
)
from trader.core.errors import Broken, Malformed, require

T = TypeVar("T")
TAG = "is"


def to_json(value: object, type_: Any = None) -> Any:
    """What `json.dumps` takes; `type_` is needed where the value's own class does not say it (a union)."""
    key: Any = type(value) if type_ is None else type_
    return _codec(key).write(value)


@overload
def from_json(type_: type[T], data: object) -> T: ...
@overload
def from_json(type_: Any, data: object) -> Any: ...
def from_json(type_: Any, data: object) -> Any:
    """The value again, equal to the one written; Malformed names the place where it cannot be."""
    try:
        return _codec(type_).read(data)
    except Mismatch as wrong:
        raise Malformed(f"{wrong.path.removeprefix('.') or 'the value'}: {wrong}") from wrong


@cache
def _codec(type_: Any) -> Codec:
    simple = SIMPLE.get(type_)
    if simple:
        return simple
    origin = get_origin(type_)
    if origin in (Union, UnionType):
        return _union(type_)
    if origin is Literal:
        return literal_codec(get_args(type_))
    if origin is tuple:
        return _tuple(get_args(type_))
    if origin is frozenset:
        return _frozenset(get_args(type_)[0])
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(type_)
    if isinstance(type_, type) and issubclass(type_, StrEnum | IntEnum):
        return enum_codec(type_)
    if isinstance(type_, type) and is_dataclass(type_):
        return _dataclass(type_)
    raise Broken(f"codec: {type_!r} has no form in JSON; give the caller's own type")


@cache
def _fields(cls: Any) -> tuple[tuple[str, Codec], ...]:
    hints = get_type_hints(cls)
    return tuple((f.name, _codec(hints[f.name])) for f in fields(cls) if f.init)


def _items(data: Any, read: Callable[[Any], Any]) -> list[Any]:
    out = []
    for i, item in enumerate(data):
        try:
            out.append(read(item))
        except Mismatch as wrong:
            raise wrong.under(f"[{i}]") from None
    return out


def _tuple(arguments: tuple[Any, ...]) -> Codec:
    if len(arguments) != 2 or arguments[1] is not Ellipsis:
        return _fixed_tuple(tuple(_codec(a) for a in arguments))
    codec = _codec(arguments[0])

    def write(value: Any) -> list[Any]:
        if type(value) is not tuple:
            raise Broken(f"codec: {shown(value)} stands where a tuple is declared")
        return [codec.write(v) for v in value]

    def read(data: Any) -> tuple[Any, ...]:
        return tuple(_items(exactly(list, data, "a list"), codec.read))

    return Codec(write, read, frozenset({"list"}))


def _fixed_tuple(codecs: tuple[Codec, ...]) -> Codec:
    def write(value: Any) -> list[Any]:
        is_whole = type(value) is tuple and len(value) == len(codecs)
        if not is_whole:
            raise Broken(f"codec: {shown(value)} is not a tuple of {len(codecs)}")
        return [codec.write(v) for codec, v in zip(codecs, value, strict=True)]

    def read(data: Any) -> tuple[Any, ...]:
        if type(data) is not list or len(data) != len(codecs):
            raise wrong_kind(f"a list of {len(codecs)}", data)
        pairs = zip(codecs, data, strict=True)
        return tuple(_items(pairs, lambda pair: pair[0].read(pair[1])))

    return Codec(write, read, frozenset({"list"}))


def _frozenset(member: Any) -> Codec:
    codec = _codec(member)

    def write(value: Any) -> list[Any]:
        if type(value) is not frozenset:
            raise Broken(f"codec: {shown(value)} stands where a frozenset is declared")
        written = [codec.write(v) for v in value]
        return sorted(written, key=lambda v: (v if type(v) is int else 0, repr(v)))

    def read(data: Any) -> frozenset[Any]:
        found = _items(exactly(list, data, "a list"), codec.read)
        if len(set(found)) != len(found):
            raise wrong_kind("each member once", data)
        return frozenset(found)

    return Codec(write, read, frozenset({"list"}))


def _mapping(type_: Any) -> Codec:
    key, member = get_args(type_)
    require(key is str, f"codec: {type_!r}: the keys of a JSON object are text")
    codec = _codec(member)

    def write(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Broken(f"codec: {shown(value)} stands where a mapping is declared")
        return {write_exactly(str)(k): codec.write(v) for k, v in value.items()}

    def read(data: Any) -> dict[str, Any]:
        out = {}
        for name, item in exactly(dict, data, "an object").items():
            try:
                out[name] = codec.read(item)
            except Mismatch as wrong:
                raise wrong.under(f"[{name!r}]") from None
        return out

    return Codec(write, read, frozenset({"object"}))


def _dataclass(cls: Any) -> Codec:
    known: Callable[[], tuple[tuple[str, Codec], ...]] = partial(_fields, cls)  # late: a type may hold itself

    def write(value: Any) -> dict[str, Any]:
        if type(value) is not cls:
            raise Broken(f"codec: {shown(value)} stands where {cls.__name__} is declared")
        return {name: codec.write(getattr(value, name)) for name, codec in known()}

    def read(data: Any) -> Any:
        return _build(cls, exactly(dict, data, f"a {cls.__name__} as an object"))

    return Codec(write, read, frozenset({"object"}))


def _build(cls: type, data: Mapping[str, Any]) -> Any:
    known = _fields(cls)
    names = {name for name, _ in known}
    strange = sorted(set(data) - names)
    absent = [name for name, _ in known if name not in data]
    if strange or absent:
        raise Mismatch(f"a {cls.__name__} lacks {absent or 'nothing'} and has unknown {strange or 'nothing'}")
    values = {}
    for name, codec in known:
        try:
            values[name] = codec.read(data[name])
        except Mismatch as wrong:
            raise wrong.under(f".{name}") from None
    try:
        return cls(**values)
    except (Broken, ValueError) as error:
        raise Mismatch(f"not a {cls.__name__}: {error}") from error


def _union(type_: Any) -> Codec:
    """Dataclasses by their tag, everything else by its JSON kind, which no two members may share."""
    members = get_args(type_)
    tagged: dict[str, Any] = {m.__name__: m for m in members if isinstance(m, type) and is_dataclass(m)}
    others = [(m, _codec(m)) for m in members if m not in tagged.values()]
    by_kind = {kind: codec for _, codec in others for kind in codec.kinds}
    count = sum(len(codec.kinds) for _, codec in others)
    is_clear = len(by_kind) == count and not (tagged and "object" in by_kind) and "any" not in by_kind
    require(is_clear, f"codec: the members of {type_!r} look alike in JSON")

    def write(value: Any) -> Any:
        name = type(value).__name__
        if name in tagged and type(value) is tagged[name]:
            return {TAG: name, **_codec(tagged[name]).write(value)}
        return _member(value, others, type_).write(value)

    def read(data: Any) -> Any:
        if tagged and type(data) is dict:
            named = tagged.get(str(data.get(TAG)))
            if named is None:
                raise wrong_kind(f'"{TAG}" to be one of {", ".join(tagged)}', data.get(TAG))
            return _build(named, {k: v for k, v in data.items() if k != TAG})
        codec = by_kind.get(kind_of(data))
        if codec is None:
            raise wrong_kind(" or ".join([*tagged, *by_kind]), data)
        return codec.read(data)

    return Codec(write, read, frozenset(by_kind) | ({"object"} if tagged else set()))


def _member(value: object, others: list[tuple[Any, Codec]], type_: Any) -> Codec:
    """The member of a union that a value belongs to, by the class that its declared type stands for."""
    for member, codec in others:
        origin = get_origin(member) or member
        is_literal = origin is Literal and value in get_args(member)
        if is_literal or (isinstance(origin, type) and _stands_for(origin, value)):
            return codec
    raise Broken(f"codec: {shown(value)} is no member of {type_!r}")


def _stands_for(origin: type, value: object) -> bool:
    if origin is float:
        return type(value) in (float, int)
    if origin is Mapping:
        return isinstance(value, Mapping)
    return type(value) is origin
