// A line to the switch: SIP over WebSocket. The only file that knows JsSIP.
import { UA, WebSocketInterface } from "jssip";
import type { DTMF_TRANSPORT } from "jssip/lib/Constants";
import type { EndEvent, IceCandidateEvent, RTCSession } from "jssip/lib/RTCSession";
import type { RTCSessionEvent } from "jssip/lib/UA";
import type { Access, Call, CallNews, DialogId, Line, LineNews } from "./line";
import type { Reason } from "./machine";

/** Longer than a browser lets a hidden tab wait for its timers. */
const REGISTER_FOR = 300;
/** A STUN or TURN server that does not answer must not hold up the call. */
const GATHER_FOR = 400;
/** For the answer to what was offered before. */
const PATIENCE = 5_000;

export class SipLine implements Line {
  private readonly ua: UA;
  private current: SipCall | null = null;
  private closed = false;

  constructor(
    private readonly access: Access,
    private readonly registers: boolean,
    private readonly news: LineNews,
  ) {
    this.ua = new UA({
      sockets: [new WebSocketInterface(access.url)],
      uri: access.uri,
      authorization_user: access.user,
      password: access.password,
      register: registers,
      register_expires: REGISTER_FOR,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: "ctiapp",
    });
    this.listen();
  }

  start(): void {
    this.ua.start();
  }

  stop(): void {
    this.closed = true;
    this.ua.stop();
  }

  close(): void {
    this.closed = true;
    if (!this.current) this.ua.stop();
  }

  call(target: string, own: MediaStream): Call {
    const session = this.ua.call(target, { mediaStream: own, pcConfig: this.configuration });
    return this.follow(new SipCall(session, this.configuration));
  }

  /** RFC 3891: the switch puts this call where that one was; whom it was with notices nothing but the pause. */
  takeUp({ call, local, remote }: DialogId, own: MediaStream): Call {
    const session = this.ua.call(this.access.uri, {
      mediaStream: own,
      pcConfig: this.configuration,
      extraHeaders: [`Replaces: ${call};to-tag=${remote};from-tag=${local}`],
    });
    return this.follow(new SipCall(session, this.configuration));
  }

  refresh(): void {
    if (this.registers && !this.closed) this.ua.register();
  }

  private get configuration(): RTCConfiguration {
    return { iceServers: this.access.ice_servers, bundlePolicy: "max-bundle" };
  }

  private listen(): void {
    const { ua, news } = this;
    ua.on(this.registers ? "registered" : "connected", () => news.up());
    ua.on("disconnected", () => this.closed || news.down("server_unreachable"));
    ua.on("registrationFailed", ({ response }: { response?: { status_code: number } | null }) =>
      news.down(
        response && [401, 403, 404].includes(response.status_code)
          ? "registration_refused"
          : "registration_lost",
      ),
    );
    ua.on("unregistered", () => this.closed || news.down("registration_lost"));
    ua.on("newRTCSession", ({ originator, session }: RTCSessionEvent) => {
      if (originator !== "remote") return;
      if (this.closed || this.current) return session.terminate({ status_code: 486 });
      news.incoming(this.follow(new SipCall(session, this.configuration)));
    });
  }

  private follow(call: SipCall): SipCall {
    this.current = call;
    call.whenOver(() => {
      if (this.current === call) this.current = null;
      if (this.closed) this.ua.stop();
    });
    return call;
  }
}

class SipCall implements Call {
  private news: CallNews | null = null;
  private over: (() => void)[] = [];
  private isOver = false;
  private isAnswered = false;

  constructor(
    private readonly session: RTCSession,
    private readonly configuration: RTCConfiguration,
  ) {
    if (session.connection) this.watch(session.connection);
    else session.on("peerconnection", ({ peerconnection }) => this.watch(peerconnection));
    session.on("accepted", () => {
      this.isAnswered = true;
      this.news?.answered();
    });
    session.on("ended", (event: EndEvent) => this.end(event));
    session.on("failed", (event: EndEvent) => this.end(event));
    this.hurryGathering();
  }

  get dialog(): DialogId | null {
    const { _dialog } = this.session as unknown as { _dialog: { id: Record<string, string> } | null };
    if (!_dialog) return null;
    const { call_id: call, local_tag: local, remote_tag: remote } = _dialog.id;
    return call && local && remote ? { call, local, remote } : null;
  }

  get caller(): string {
    const { remote_identity } = this.session;
    return remote_identity.display_name || remote_identity.uri.user;
  }

  get connection(): RTCPeerConnection | null {
    return this.session.connection ?? null;
  }

  follow(news: CallNews): void {
    this.news = news;
  }

  whenOver(deed: () => void): void {
    this.over.push(deed);
  }

  answer(own: MediaStream): void {
    this.session.answer({ mediaStream: own, pcConfig: this.configuration });
  }

  hangUp(): void {
    if (this.isOver) return;
    const isRinging = this.session.direction === "incoming" && !this.isAnswered;
    this.session.terminate(isRinging ? { status_code: 603 } : {});
  }

  mute(muted: boolean): void {
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  hold(held: boolean): Promise<boolean> {
    return this.negotiate((done) => (held ? this.session.hold({}, done) : this.session.unhold({}, done)));
  }

  press(key: string): void {
    this.session.sendDTMF(key, {
      duration: 100,
      interToneGap: 100,
      transportType: "RFC2833" as DTMF_TRANSPORT,
    });
  }

  offerAnew(elsewhere = false): Promise<boolean> {
    const options = elsewhere ? { rtcOfferConstraints: { iceRestart: true } } : {};
    return this.negotiate((done) => this.session.renegotiate(options, done));
  }

  /** One after the other: whoever asks while an answer is awaited waits for it. */
  private async negotiate(begin: (done: () => void) => boolean): Promise<boolean> {
    const patience = Date.now() + PATIENCE;
    while (!this.isOver && !this.session.isReadyToReOffer() && Date.now() < patience) {
      await new Promise((done) => setTimeout(done, 50));
    }
    return new Promise((resolve) => {
      this.over.push(() => resolve(false));
      if (!begin(() => resolve(true))) resolve(false);
    });
  }

  private watch(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ streams, track }) => {
      this.news?.media(streams[0] ?? new MediaStream([track]));
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed" && !this.isOver)
        this.session.terminate({ cause: "no media" });
    });
  }

  /**
   * JsSIP sends when every candidate is there, or when told that these will do. Without a server to ask, the first address
   * will do: the switch learns the others from the checks that come from them. Before there is one the SDP says 0.0.0.0,
   * which the switch takes for "on hold": whom we talk to would hear music.
   */
  private hurryGathering(): void {
    const asks = Boolean(this.configuration.iceServers?.length);
    this.session.on("icecandidate", ({ candidate, ready }: IceCandidateEvent) => {
      const isFound = candidate.type === "srflx" || candidate.type === "relay";
      if (isFound || (!asks && this.hasAddress)) return ready();
      setTimeout(() => ready(), GATHER_FOR);
    });
  }

  private get hasAddress(): boolean {
    const [, address] = /^c=IN IP[46] (\S+)/m.exec(this.connection?.localDescription?.sdp ?? "") ?? [];
    return address !== undefined && address !== "0.0.0.0";
  }

  private end(event: EndEvent): void {
    if (this.isOver) return;
    this.isOver = true;
    const message = event.message as { status_code?: number } | null;
    this.news?.ended(reasonOf(event.cause, event.originator, message?.status_code ?? 0, this.isAnswered));
    for (const deed of this.over) deed();
  }
}

const BY_STATUS: Record<number, Reason> = {
  403: "not_let_in",
  404: "not_let_in",
  408: "no_answer",
  480: "no_answer",
  481: "hung_up",
  486: "busy",
  487: "cancelled",
  500: "telephone_down",
  503: "telephone_down",
  600: "busy",
  603: "declined",
};

/** JsSIP's word for how a call ended, in ours. */
export function reasonOf(cause: string, originator: string, status: number, answered: boolean): Reason {
  if (cause === "no media" || cause === "RTP Timeout") return "no_media";
  if (cause === "Connection Error" || cause === "Request Timeout") return "cut_off";
  if (answered) return "hung_up";
  if (cause === "Canceled") return "cancelled";
  if (originator === "local") return "cancelled";
  return BY_STATUS[status] ?? "failed";
}
