"""The form in which the venue itself would write an action, which is what its signature covers.

Rules: the venue parses an action into typed fields and hashes its own encoding of them, so fields
stand in the venue's order whatever the client's was, fields it does not know are gone, and decimal
texts carry no trailing zeros. A client that signed another form is recovered as another address,
exactly as it happens at the real venue. Actions without a layout here are hashed as they came.
"""

from collections.abc import Mapping
from typing import Any

_ORDER = ("a", "b", "p", "s", "r", "t", "c")
_LAYOUTS: dict[str, tuple[str, ...]] = {
    "order": ("type", "orders", "grouping", "builder"),
    "cancel": ("type", "cancels", "f"),
    "cancelByCloid": ("type", "cancels", "f"),
    "modify": ("type", "oid", "order", "a"),
    "batchModify": ("type", "modifies", "a"),
    "updateLeverage": ("type", "asset", "isCross", "leverage"),
    "updateIsolatedMargin": ("type", "asset", "isBuy", "ntli"),
    "scheduleCancel": ("type", "time"),
    "noop": ("type",),
    "setReferrer": ("type", "code"),
}
_NESTED: dict[str, tuple[str, ...]] = {
    "limit": ("tif",),
    "trigger": ("isMarket", "triggerPx", "tpsl"),
    "builder": ("b", "f"),
}
_CANCEL = {"cancel": ("a", "o"), "cancelByCloid": ("asset", "cloid")}


def plain_decimal(text: str) -> str:
    """The shortest text of the same decimal: no trailing zeros, no bare point."""
    if "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def canonical_action(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """The action as the venue would encode it; a shape it could not parse comes back unchanged."""
    kind = action.get("type")
    layout = _LAYOUTS.get(kind) if isinstance(kind, str) else None
    if layout is None:
        return action
    try:
        return {key: _member(str(kind), key, action[key]) for key in layout if key in action}
    except (AttributeError, KeyError, TypeError):
        return action


def _member(kind: str, key: str, value: Any) -> Any:
    if key == "orders":
        return [_order(order) for order in value]
    if key == "order":
        return _order(value)
    if key == "modifies":
        return [{"oid": item["oid"], "order": _order(item["order"])} for item in value]
    if key == "cancels":
        return [_pick(item, _CANCEL[kind]) for item in value]
    if key == "builder":
        return _pick(value, _NESTED["builder"])
    return value


def _pick(value: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value[key] for key in keys if key in value}


def _order(order: Mapping[str, Any]) -> dict[str, Any]:
    shaped = _pick(order, _ORDER)
    shaped["p"] = plain_decimal(shaped["p"])
    shaped["s"] = plain_decimal(shaped["s"])
    terms = {key: _pick(value, _NESTED[key]) for key, value in shaped["t"].items() if key in _NESTED}
    if "trigger" in terms:
        terms["trigger"]["triggerPx"] = plain_decimal(terms["trigger"]["triggerPx"])
    shaped["t"] = terms
    return shaped
