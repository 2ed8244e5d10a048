// How good a call sounds, from what the network does to it: bars, and a word.
import type { Sample } from "../phone";

export type Signal = { bars: 1 | 2 | 3 | 4; word: "good" | "fair" | "poor" };

/** ITU-T G.114 calls 150 ms one way (300 there and back) good; from 1 % lost on one hears it, 5 % hurt. */
export function signalOf({ loss, jitter_ms, round_trip_ms }: Sample): Signal {
  const trip = round_trip_ms ?? 0;
  if (loss > 0.1 || trip > 800) return { bars: 1, word: "poor" };
  if (loss > 0.05 || trip > 500 || jitter_ms > 60) return { bars: 2, word: "poor" };
  if (loss > 0.01 || trip > 300 || jitter_ms > 30) return { bars: 3, word: "fair" };
  return { bars: 4, word: "good" };
}
