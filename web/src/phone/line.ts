// What the telephone needs of a line to the switch. sip.ts is one over WebSocket; tests have theirs.
import type { Reason } from "./machine";

export type Access = {
  url: string;
  uri: string;
  user: string;
  password: string;
  ice_servers: RTCIceServer[];
};

export type LineNews = {
  up(): void;
  down(reason: Reason): void;
  incoming(call: Call): void;
};

export type CallNews = {
  answered(): void;
  ended(reason: Reason): void;
  /** What the other side sends; again whenever that changes. */
  media(stream: MediaStream): void;
};

/** By which the other end knows the call. */
export type DialogId = { call: string; local: string; remote: string };

export interface Call {
  /** Null before there is an answer. */
  readonly dialog: DialogId | null;
  readonly caller: string;
  /** Null before there is any. */
  readonly connection: RTCPeerConnection | null;
  follow(news: CallNews): void;
  answer(own: MediaStream): void;
  hangUp(): void;
  mute(muted: boolean): void;
  /** Resolves when the other side has agreed; false: it did not. */
  hold(held: boolean): Promise<boolean>;
  press(key: string): void;
  /** Offers the media anew: after a camera came or went, or (`elsewhere`) from another address than before. */
  offerAnew(elsewhere?: boolean): Promise<boolean>;
}

export interface Line {
  start(): void;
  stop(): void;
  /** No more calls come in; the one there is goes on. */
  close(): void;
  call(target: string, own: MediaStream): Call;
  /** A call that another page had, which is gone: it goes on here. */
  takeUp(dialog: DialogId, own: MediaStream): Call;
  /** Register again now: this computer may have slept. */
  refresh(): void;
}

export type MakeLine = (access: Access, registers: boolean, news: LineNews) => Line;
