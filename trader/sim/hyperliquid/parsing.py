"""Wire fields to the model's words, as strictly as a typed decoder does it.

Rules: what does not have the venue's type is Unparsable, which the venue answers with HTTP 422 and
a sentence. Numbers that are prices or sizes are texts; a JSON number in their place is refused.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Grouping, Tif, Trigger

_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_CLOID = re.compile(r"0x[0-9a-fA-F]{32}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_TIFS = {"Gtc": Tif.GTC, "Ioc": Tif.IOC, "Alo": Tif.ALO, "FrontendMarket": Tif.MARKET}
_GROUPINGS = {"na": Grouping.NONE, "normalTpsl": Grouping.ATTACHED, "positionTpsl": Grouping.POSITION}
_TRIGGERS = {"tp": Trigger.TAKE, "sl": Trigger.STOP}


class Unparsable(Exception):
    """The body does not have the shape that this request type needs."""

    @property
    def body(self) -> bytes:
        return f"Failed to deserialize the JSON body into the target type: {self}".encode()


class Refused(Exception):
    """The whole action is refused with this sentence."""


def member(body: Mapping[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    """A required field of this JSON type; `true` is not a number here."""
    if not isinstance(body, Mapping):
        raise Unparsable(f"invalid type: expected an object with `{key}`")
    if key not in body:
        raise Unparsable(f"missing field `{key}`")
    value = body[key]
    is_bool_for_number = isinstance(value, bool) and kind is not bool
    if not isinstance(value, kind) or is_bool_for_number:
        raise Unparsable(f"invalid type for field `{key}`")
    return value


def optional(body: Mapping[str, Any], key: str, kind: type) -> Any:
    """The same for a field that may be absent or null."""
    return None if body.get(key) is None else member(body, key, kind)


def decimal_of(body: Mapping[str, Any], key: str) -> Decimal:
    """A decimal text."""
    raw = member(body, key, str)
    if not _DECIMAL.fullmatch(raw):
        raise Unparsable(f"invalid decimal `{raw}` for field `{key}`")
    return Decimal(raw)


def address_of(body: Mapping[str, Any], key: str = "user") -> str:
    """An address in lower case."""
    raw = member(body, key, str)
    if not _ADDRESS.fullmatch(raw):
        raise Unparsable(f"invalid address `{raw}` for field `{key}`")
    return str(raw).lower()


def cloid_text(raw: object) -> str:
    """A client order id in lower case."""
    if not isinstance(raw, str) or not _CLOID.fullmatch(raw):
        raise Unparsable(f"invalid client order id `{raw}`")
    return raw.lower()


def coin_of(model: Model, asset: int) -> str:
    """The coin of an asset number."""
    if not 0 <= asset < len(model.markets):
        raise Refused(f"Invalid asset {asset}")
    return model.markets[asset].coin


def grouping_of(action: Mapping[str, Any]) -> Grouping:
    """How the orders belong together; a priority fee is read and ignored."""
    raw = action.get("grouping")
    if isinstance(raw, Mapping):
        member(raw, "p", int)
        return Grouping.NONE
    if raw not in _GROUPINGS:
        raise Unparsable(f"unknown variant for field `grouping`: {raw!r}")
    return _GROUPINGS[raw]


def order_spec(model: Model, wire: Mapping[str, Any]) -> OrderSpec:
    """One order of an action."""
    terms = member(wire, "t", Mapping)
    tif, trigger = _terms(terms)
    cloid = wire.get("c")
    return OrderSpec(
        coin=coin_of(model, member(wire, "a", int)),
        is_buy=member(wire, "b", bool),
        px=decimal_of(wire, "p"),
        sz=decimal_of(wire, "s"),
        tif=tif,
        reduce_only=member(wire, "r", bool),
        trigger=trigger,
        cloid=None if cloid is None else cloid_text(cloid),
    )


def _terms(terms: Mapping[str, Any]) -> tuple[Tif | None, TriggerSpec | None]:
    if set(terms) == {"limit"}:
        tif = member(member(terms, "limit", Mapping), "tif", str)
        if tif not in _TIFS:
            raise Unparsable(f"unknown variant `{tif}` for field `tif`")
        return _TIFS[tif], None
    if set(terms) == {"trigger"}:
        wire = member(terms, "trigger", Mapping)
        kind = member(wire, "tpsl", str)
        if kind not in _TRIGGERS:
            raise Unparsable(f"unknown variant `{kind}` for field `tpsl`")
        is_market = member(wire, "isMarket", bool)
        return None, TriggerSpec(decimal_of(wire, "triggerPx"), _TRIGGERS[kind], is_market)
    raise Unparsable("expected `limit` or `trigger` for field `t`")
