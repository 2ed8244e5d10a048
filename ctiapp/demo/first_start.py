"""What a first start puts there so that the product shows itself: a demo shop, three agents, three customers."""

from __future__ import annotations

from pathlib import Path

from ctiapp.servers.seed import import_agents, import_customers, keep_agent, keep_site
from ctiapp.settings import Settings
from ctiapp.store import Store

SITE = "larkmoor"
HERE = Path(__file__).parent
FIRST_AGENT = "1042"


def agent_password(settings: Settings, agent: str = FIRST_AGENT) -> str:
    """Made at the first start; the same for as long as the state directory lives."""
    return settings.secret(f"agent-{agent}")


def keep_demo(store: Store, settings: Settings) -> None:
    """The shop always (its address may have changed); people only into an empty database."""
    keep_site(store, SITE, "Larkmoor Home", [settings.shop_url])
    with store.transaction() as tx:
        if tx.value("count_agents"):
            return
    import_agents(store, HERE / "agents.csv")
    import_customers(store, HERE / "customers.csv", SITE)
    with store.transaction() as tx:
        for row in tx.all("agents_with_skills"):
            keep_agent(tx, row["id"], row["name"], agent_password(settings, row["id"]), row["languages"], row["skills"])
