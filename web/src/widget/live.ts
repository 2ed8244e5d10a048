// Socket.IO for the status, loaded at the first click.
import { io } from "socket.io-client";
import type { CallStatus } from "../shared/types";

export type Live = { connected: () => boolean; stop: () => void };

export function listen(base: string, token: string, onStatus: (status: CallStatus) => void): Live {
  const socket = io(`${base}/customer`, {
    auth: { token },
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelayMax: 5000,
    forceNew: true,
  });
  socket.on("status", onStatus);
  return { connected: () => socket.connected, stop: () => void socket.close() };
}
