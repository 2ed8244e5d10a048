// The parts that are loaded only when someone wants to talk.
import type { Needs as ShareNeeds, Sharing } from "../live";
import type { PasswordMemory } from "../page/remember";
import type { PageSnapshot } from "../shared/types";
import type { Live } from "./live";

declare const __CHUNKS__: { app: string; page: string; live: string; qr: string; share: string };

type PageChunk = { takePage(document: Document, passwords: PasswordMemory, share: boolean): PageSnapshot };
type LiveChunk = { listen<S>(base: string, token: string, onStatus: (status: S) => void): Live };
type ShareChunk = { share(needs: ShareNeeds): Sharing };
type QrChunk = { qrCode(text: string, label: string): SVGSVGElement };

export type Chunks = {
  page(): Promise<PageChunk>;
  live(): Promise<LiveChunk>;
  qr(): Promise<QrChunk>;
  share(): Promise<ShareChunk>;
};

/** `App`: the part that is told of all the others. */
export function chunksFrom<App>(base: string): Chunks & { app(): Promise<App> } {
  let again = 0;
  const load = async <T>(file: string): Promise<T> => {
    try {
      return (await import(/* @vite-ignore */ `${base}/${file}`)) as T;
    } catch {
      // A browser may remember that an address failed: once more, by another one.
      again += 1;
      return (await import(/* @vite-ignore */ `${base}/${file}?again=${again}`)) as T;
    }
  };
  return {
    app: () => load<App>(__CHUNKS__.app),
    page: () => load<PageChunk>(__CHUNKS__.page),
    live: () => load<LiveChunk>(__CHUNKS__.live),
    qr: () => load<QrChunk>(__CHUNKS__.qr),
    share: () => load<ShareChunk>(__CHUNKS__.share),
  };
}
