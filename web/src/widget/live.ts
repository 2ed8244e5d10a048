// Socket.IO for the status, loaded at the first click.
import { io } from "socket.io-client";
import type { Line } from "../live";

/** `line`: for what else is said on it. */
export type Live = { connected: () => boolean; stop: () => void; line: Line };

/** `S`: the status of the channel that the token is for. */
export function listen<S>(base: string, token: string, onStatus: (status: S) => void): Live {
  const socket = io(`${base}/customer`, {
    auth: { token },
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelayMax: 5000,
    forceNew: true,
  });
  socket.on("status", onStatus);
  return { connected: () => socket.connected, stop: () => void socket.close(), line: socket };
}
