// The live page as both sides and the server between them speak of it (docs/live-page.md).
import type { SnapshotNode } from "./types";

/** What happened on the page; ids are those of the picture that the message names. */
export type Change =
  | { op: "remove"; id: number }
  | {
      op: "add";
      parent: number;
      next: number | null;
      node: SnapshotNode;
      shadow?: boolean;
    }
  | { op: "text"; id: number; value: string }
  | { op: "attributes"; id: number; attributes: Record<string, string | null> }
  | { op: "hide"; id: number; kind: "field" | "text" | "choice" }
  | { op: "field"; id: number; value?: string; checked?: boolean; chosen?: number[] }
  | { op: "scroll"; id: number; x: number; y: number }
  | { op: "style"; id: number; value: string }
  | { op: "sheets"; id: number; sheets: string[] }
  | { op: "size"; width: number; height: number }
  | { op: "mouse"; x: number; y: number }
  | { op: "focus"; id: number | null }
  | { op: "address"; url: string; title: string };

/** `seq` counts from 1 for each take; `age`: ms that the oldest change waited in the customer's browser. */
export type Message = { take: string; seq: number; age: number; ops: Change[] };

export type Ack = { ok: boolean; watched?: boolean; again?: boolean; elsewhere?: boolean };

/** `id`: the element pointed at; x, y: where in it, 0 to 1. */
export type Point = { kind: "move" | "mark"; id: number; x: number; y: number } | { kind: "off" };

export type Proposal = { proposal: string; url: string; agent: string | null };

export type LiveState = "live" | "paused" | "stopped" | "too_large" | "away" | "closed";
