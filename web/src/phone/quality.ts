// What the network does to a call: the difference between two looks at RTCPeerConnection.getStats().

export type Sample = {
  /** ISO 8601. */
  at: string;
  /** The worse direction's share of packets lost since the sample before, 0 to 1. */
  loss: number;
  jitter_ms: number;
  round_trip_ms: number | null;
};

export type Counters = { received: number; lost: number };

type Report = Record<string, unknown>;

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** The sample, and the counters that the next one begins from. Null while no sound has come at all. */
export function measure(
  reports: Iterable<Report>,
  before: Counters,
  at: Date,
): { sample: Sample; counters: Counters } | null {
  let inbound: Report | undefined;
  let heard: Report | undefined;
  let pair: Report | undefined;
  for (const report of reports) {
    if (report.type === "inbound-rtp" && report.kind === "audio") inbound = report;
    else if (report.type === "remote-inbound-rtp" && report.kind === "audio") heard = report;
    else if (report.type === "candidate-pair" && report.nominated && report.state === "succeeded")
      pair = report;
  }
  if (!inbound) return null;
  const counters = { received: number(inbound.packetsReceived), lost: number(inbound.packetsLost) };
  const lost = Math.max(0, counters.lost - before.lost);
  const all = Math.max(0, counters.received - before.received) + lost;
  const here = all ? lost / all : 0;
  const there = Math.min(1, Math.max(0, number(heard?.fractionLost)));
  const trip = heard?.roundTripTime ?? pair?.currentRoundTripTime;
  return {
    sample: {
      at: at.toISOString(),
      loss: Math.max(here, there),
      jitter_ms: 1000 * Math.max(number(inbound.jitter), number(heard?.jitter)),
      round_trip_ms: typeof trip === "number" ? 1000 * trip : null,
    },
    counters,
  };
}
