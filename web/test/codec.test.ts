// The picture goes out in what the other's comes in.
import { expect, test } from "vitest";
import { theirCodec } from "../src/phone/codec";

const VP8 = { mimeType: "video/VP8" };
const H264 = { mimeType: "video/H264" };
const codecs = [
  { id: "a", type: "codec", mimeType: "audio/opus" },
  { id: "v", type: "codec", mimeType: "video/VP8" },
  { id: "h", type: "codec", mimeType: "video/H264" },
];
const voice = { type: "inbound-rtp", kind: "audio", codecId: "a" };
const ours = (codecId: string) => ({ type: "outbound-rtp", kind: "video", codecId });
const theirs = (codecId?: string) => ({ type: "inbound-rtp", kind: "video", codecId });

test("a telephone that shows H.264 alone is sent H.264", () => {
  expect(theirCodec([...codecs, voice, ours("v"), theirs("h")], [VP8, H264])).toBe(H264);
  expect(theirCodec([...codecs, voice, ours("h"), theirs("v")], [VP8, H264])).toBe(VP8);
});

test("nothing changes where both are the same, nothing has come, or it was not agreed on", () => {
  expect(theirCodec([...codecs, ours("h"), theirs("h")], [VP8, H264])).toBeNull();
  expect(theirCodec([...codecs, voice, ours("v")], [VP8, H264])).toBeNull();
  expect(theirCodec([...codecs, ours("v"), theirs()], [VP8, H264])).toBeNull();
  expect(theirCodec([...codecs, ours("v"), theirs("h")], [VP8])).toBeNull();
});
