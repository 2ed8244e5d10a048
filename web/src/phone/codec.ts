// Which codec our picture goes out in.
type Report = Record<string, unknown>;

/**
 * The switch agrees on codecs with each side by itself and passes pictures on as they are: a telephone that has H.264 alone
 * would be sent our VP8, and show nothing. So ours goes out in what theirs comes in. Null: it does, nothing has come yet, or
 * that codec was not agreed on. `agreed`: what may be sent.
 */
export function theirCodec<Codec extends { mimeType: string }>(
  reports: Iterable<Report>,
  agreed: Codec[],
): Codec | null {
  const all = [...reports];
  const nameIn = (type: string): string => {
    const stream = all.find((one) => one.type === type && one.kind === "video" && one.codecId);
    return String(all.find((one) => one.id === stream?.codecId)?.mimeType ?? "").toLowerCase();
  };
  const theirs = nameIn("inbound-rtp");
  if (!theirs || theirs === nameIn("outbound-rtp")) return null;
  return agreed.find((one) => one.mimeType.toLowerCase() === theirs) ?? null;
}
