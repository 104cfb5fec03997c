"""Who may act for whom: accounts, their agents, approvals and builder fees.

Rules: addresses are lower case throughout. An agent acts for exactly one account; its address can
never be approved twice, also after it was revoked. One agent without a name and three with one.
Expiry is enforced lazily, so an expired agent is still accepted for a while.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from trader.core.frozen import frozen

DAY_MS = 86_400_000
DEFAULT_VALID_MS = 90 * DAY_MS
LONGEST_VALID_MS = 180 * DAY_MS
NAMED_MAX = 3


@frozen
class Agent:
    """A key that trades for an account."""

    address: str
    master: str
    name: str
    valid_until_ms: int | None
    is_revoked: bool = False


class Accounts:
    """The agents and approvals of all accounts."""

    def __init__(self, *, expiry_grace_ms: int) -> None:
        self._agents: dict[str, Agent] = {}
        self._builder_fees: dict[tuple[str, str], int] = {}
        self._grace_ms = expiry_grace_ms

    def agents(self) -> list[str]:
        """The addresses of all agents, also of dead ones."""
        return list(self._agents)

    def agent(self, address: str) -> Agent | None:
        return self._agents.get(address)

    def master_of(self, address: str, *, at_ms: int) -> str | None:
        """The account an agent acts for now; None when it is none, revoked or expired."""
        agent = self._agents.get(address)
        if agent is None or agent.is_revoked:
            return None
        if agent.valid_until_ms is not None and at_ms > agent.valid_until_ms + self._grace_ms:
            return None
        return agent.master

    def named_agents(self, master: str) -> list[Agent]:
        """What `extraAgents` shows: live agents with a name."""
        return [agent for agent in self._of(master) if agent.name]

    def _of(self, master: str) -> list[Agent]:
        return [a for a in self._agents.values() if a.master == master and not a.is_revoked]

    def declare(
        self, address: str, *, master: str, name: str = "", valid_until_ms: int | None = None
    ) -> None:
        """Make an agent without a signature; for the operator of this exchange."""
        self.put(Agent(address, master, name, valid_until_ms))

    def put(self, agent: Agent) -> None:
        """Let an agent be this from now on."""
        self._agents[agent.address] = agent

    def approve(self, address: str, *, master: str, name: str, at_ms: int) -> str | None:
        """Make an agent as its master asks; the refusal's text otherwise."""
        if address in self._agents:
            return "Extra agent already used."
        name, valid_until_ms = _validity(name, at_ms=at_ms)
        same = [agent for agent in self._of(master) if agent.name == name]
        if name and not same and len(self.named_agents(master)) >= NAMED_MAX:
            return "Too many extra agents."
        for agent in same:
            self.revoke(agent.address)
        self.declare(address, master=master, name=name, valid_until_ms=valid_until_ms)
        return None

    def revoke(self, address: str) -> None:
        """End an agent; its address stays used."""
        self._agents[address] = replace(self._agents[address], is_revoked=True)

    def approve_builder(self, master: str, builder: str, tenths_bp: int) -> None:
        self._builder_fees[master, builder] = tenths_bp

    def builder_fee(self, master: str, builder: str) -> int:
        """The approved maximum in tenths of a basis point."""
        return self._builder_fees.get((master, builder), 0)

    def dump(self) -> dict[str, Any]:
        return {
            "agents": [asdict(agent) for agent in self._agents.values()],
            "builder_fees": [[*key, fee] for key, fee in self._builder_fees.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._agents = {row["address"]: Agent(**row) for row in state["agents"]}
        self._builder_fees = {(row[0], row[1]): row[2] for row in state["builder_fees"]}


def _validity(name: str, *, at_ms: int) -> tuple[str, int]:
    """Split "name valid_until 1767776120478"; without it an agent lives 90 days."""
    plain, marker, until = name.partition(" valid_until ")
    if marker and until.isdigit():
        return plain, min(int(until), at_ms + LONGEST_VALID_MS)
    return name, at_ms + DEFAULT_VALID_MS
