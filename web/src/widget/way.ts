// The customer's way as a channel sees it: what was wished for, what is shown now, and where it goes on.
import type { PasswordMemory } from "../page/remember";
import type { PageSnapshot, PoolStatus } from "../shared/types";
import type { Api, Refused } from "./api";
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import type { ChannelName, Screen } from "./screen";
import type { Wish } from "./session";

export type Way = {
  readonly config: Config;
  readonly api: Api;
  readonly chunks: Pick<Chunks, "live" | "share">;
  readonly passwords: PasswordMemory;

  readonly wish: Wish | null;
  readonly share: boolean;
  readonly screen: Screen | null;
  readonly pool: PoolStatus | null;

  /** What the pool says now; drawn where it matters. */
  askPool(afresh?: boolean): Promise<void>;
  /** The page as it may be shown. */
  page(): Promise<PageSnapshot>;

  go(screen: Screen | null): void;
  /** The same screen, with what is known now. */
  draw(): void;
  refused(channel: ChannelName, error: Refused): void;
  callMeInstead(): void;
  close(): void;
  /** What has ended is kept in view for half a minute. */
  closeLater(): void;
};
