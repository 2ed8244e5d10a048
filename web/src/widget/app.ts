// What is loaded when somebody goes for the button, or comes back with a call under way: the panel and the way through it.
import type { PasswordMemory } from "../page/remember";
import type { PoolStatus } from "../shared/types";
import { createApi } from "./api";
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import { Flow } from "./flow";
import { Panel } from "./panel";
import type { Wish } from "./session";

export type Needs = {
  config: Config;
  chunks: Chunks;
  passwords: PasswordMemory;
  poolStatus: (pool: string, afresh?: boolean) => Promise<PoolStatus | null>;
  shop: CSSStyleSheet;
};

export type App = { open(wish: Wish, button: HTMLElement): void; resume(): void };

export function run({ config, chunks, passwords, poolStatus, shop }: Needs): App {
  const panel = new Panel(config, chunks, shop);
  // Its own: what the button's script throws would be of another class than what is caught here.
  const api = createApi(config.base);
  const flow = new Flow(config, api, chunks, passwords, (shown) => panel.show(shown), poolStatus);
  panel.drives(flow);
  return {
    open(wish, button) {
      panel.openedBy(button);
      flow.open(wish);
    },
    resume: () => void flow.resume(),
  };
}
