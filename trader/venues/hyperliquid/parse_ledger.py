"""Money that came or went other than by trading, from `userNonFundingLedgerUpdates`.

* A flow is what moved the balance that perpetuals are traded with. A row about spot money, staking or another
  exchange hosted by the venue moved none of it and is no flow.
* A fee of the venue's leaves with the money that it was charged for: a withdrawal of 48,000 is told as 47,999
  and a fee of 1.
* A kind that is not known here may have moved money, so it makes the whole answer malformed.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from trader.core.past import Flow
from trader.venues import strict
from trader.venues.strict import Row

_OURS = ""  # how the venue names its own exchange among those that it hosts
_QUOTE = "USDC"
_NONE = Decimal(0)


def flows(value: object, account: str) -> tuple[list[Flow], list[int]]:
    """The flows of a page, and the time of every row in its order, which is what paging goes by."""
    found: list[Flow] = []
    times: list[int] = []
    for row, where in strict.rows(value, "userNonFundingLedgerUpdates"):
        at_ms = strict.moment(row, "time", where)
        times.append(at_ms)
        delta, place = strict.child(row, "delta", where), f"{where}.delta"
        kind = strict.text(delta, "type", place)
        read = _MOVED.get(kind)
        if read is None:
            strict.wrong(kind, f"{place}.type", "a kind that this version knows; a newer version may")
        moved = read(delta, place, account)
        if moved:
            found.append(Flow(at_ms, moved, kind))
    return found, times


def _usdc(row: Row, where: str, account: str) -> Decimal:
    return strict.not_negative(row, "usdc", where)


def _usdc_out(row: Row, where: str, account: str) -> Decimal:
    return -strict.not_negative(row, "usdc", where)


def _usdc_out_and_fee(row: Row, where: str, account: str) -> Decimal:
    return -strict.not_negative(row, "usdc", where) - strict.not_negative(row, "fee", where)


def _to_perpetuals(row: Row, where: str, account: str) -> Decimal:
    """Between this account's spot money and its perpetuals."""
    moved = strict.not_negative(row, "usdc", where)
    return moved if strict.flag(row, "toPerp", where) else -moved


def _to_hosted(row: Row, where: str, account: str) -> Decimal:
    """Between spot money and the perpetuals of one exchange among those that the venue hosts."""
    moved = strict.not_negative(row, "amount", where)
    if strict.text(row, "dex", where) != _OURS:
        return _NONE
    return moved if strict.flag(row, "toPerp", where) else -moved


def _between_accounts(row: Row, where: str, account: str) -> Decimal:
    """From one account to another, of which one is ours; who sends pays the fee, where there is one."""
    moved = strict.not_negative(row, "usdc", where)
    sent, received = _is_ours(row, "user", where, account), _is_ours(row, "destination", where, account)
    if not sent and not received:
        strict.wrong(row["user"], f"{where}.user", f"{account}, or that as the destination")
    fee = strict.not_negative(row, "fee", where) if "fee" in row else _NONE
    return (moved if received else _NONE) - (moved + fee if sent else _NONE)


def _sent(row: Row, where: str, account: str) -> Decimal:
    """From anybody's balance on one of the hosted exchanges, or of spot money, to another one."""
    moved = strict.not_negative(row, "amount", where)
    source, destination = strict.text(row, "sourceDex", where), strict.text(row, "destinationDex", where)
    net = _NONE
    if _is_ours(row, "user", where, account) and source == _OURS:
        net -= moved + strict.not_negative(row, "fee", where)
    if _is_ours(row, "destination", where, account) and destination == _OURS:
        net += moved
    return net


def _from_vault(row: Row, where: str, account: str) -> Decimal:
    return strict.not_negative(row, "netWithdrawnUsd", where)


def _reward(row: Row, where: str, account: str) -> Decimal:
    """Rewards in another token are spot money."""
    moved = strict.not_negative(row, "amount", where)
    return moved if strict.optional_text(row, "token", where) in (None, _QUOTE) else _NONE


def _elsewhere(row: Row, where: str, account: str) -> Decimal:
    return _NONE


def _is_ours(row: Row, key: str, where: str, account: str) -> bool:
    return strict.text(row, key, where).lower() == account.lower()


_MOVED: Mapping[str, Callable[[Row, str, str], Decimal]] = {
    "deposit": _usdc,
    "withdraw": _usdc_out_and_fee,
    "accountClassTransfer": _to_perpetuals,
    "perpDexClassTransfer": _to_hosted,
    "internalTransfer": _between_accounts,
    "subAccountTransfer": _between_accounts,
    "send": _sent,
    "vaultCreate": _usdc_out_and_fee,
    "vaultDeposit": _usdc_out,
    "vaultDistribution": _usdc,
    "vaultWithdraw": _from_vault,
    "vaultLeaderCommission": _usdc,
    "rewardsClaim": _reward,
    # What a liquidation cost is in its fills.
    "liquidation": _elsewhere,
    "spotTransfer": _elsewhere,
    "spotGenesis": _elsewhere,
    "cStakingTransfer": _elsewhere,
    "borrowLend": _elsewhere,
    "deployGasAuction": _elsewhere,
    "accountActivationGas": _elsewhere,
    "activateDexAbstraction": _elsewhere,
}
