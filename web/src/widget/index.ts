// One script tag on the shop's page: <script src="…/widget.js" data-site="larkmoor" async></script>
import { rememberPasswords } from "../page/remember";
import type { PoolStatus } from "../shared/types";
import { createApi } from "./api";
import { defineButton } from "./button";
import { chunksFrom } from "./chunks";
import { readConfig } from "./config";
import { sheet } from "./dom";
import { Flow } from "./flow";
import { Panel } from "./panel";

const script = document.currentScript;

function start(tag: HTMLScriptElement): void {
  const passwords = rememberPasswords(document);
  const config = readConfig(tag);
  const api = createApi(config.base);
  const chunks = chunksFrom(config.base);
  const shop = sheet(shopStyle(config.accent, config.radius));
  const pools = new Map<string, Promise<PoolStatus | null>>();
  const poolStatus = (pool: string) => {
    const known = pools.get(pool) ?? api.pool(config.site, pool).catch(() => null);
    pools.set(pool, known);
    setTimeout(() => pools.delete(pool), 60_000);
    return known;
  };
  const panel = new Panel(config, chunks, shop);
  const flow = new Flow(config, api, chunks, passwords, (shown) => panel.show(shown), poolStatus);
  panel.drives(flow);
  defineButton(
    (wish, button) => {
      panel.openedBy(button);
      flow.open(wish);
    },
    poolStatus,
    shop,
  );
  const resume = () => void flow.resume();
  if (document.readyState === "complete") resume();
  else addEventListener("load", resume, { once: true });
}

function shopStyle(accent: string | null, radius: number | null): string {
  const colour = accent
    ? `--shop-accent: ${accent}; --shop-accent-hover: color-mix(in srgb, ${accent} 85%, black); --shop-on-accent: #fff;`
    : "";
  return `:host { ${colour} ${radius === null ? "" : `--shop-radius: ${radius}px;`} }`;
}

if (script instanceof HTMLScriptElement) start(script);
