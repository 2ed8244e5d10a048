// The parts that are loaded only when someone wants to talk.
import type { PasswordMemory } from "../page/remember";
import type { CallStatus, PageSnapshot } from "../shared/types";
import type { Live } from "./live";

declare const __CHUNKS__: { page: string; live: string; qr: string };

type PageChunk = { takePage(document: Document, passwords: PasswordMemory, share: boolean): PageSnapshot };
type LiveChunk = { listen(base: string, token: string, onStatus: (status: CallStatus) => void): Live };
type QrChunk = { qrCode(text: string, label: string): SVGSVGElement };

export type Chunks = { page(): Promise<PageChunk>; live(): Promise<LiveChunk>; qr(): Promise<QrChunk> };

export function chunksFrom(base: string): Chunks {
  const load = <T>(file: string) => import(/* @vite-ignore */ `${base}/${file}`) as Promise<T>;
  return {
    page: () => load<PageChunk>(__CHUNKS__.page),
    live: () => load<LiveChunk>(__CHUNKS__.live),
    qr: () => load<QrChunk>(__CHUNKS__.qr),
  };
}
