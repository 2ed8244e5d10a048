// Which screen is drawn how, and what of it, when it changes, is drawn anew.
import { h, icon } from "../dom";
import type { Flow } from "../flow";
import type { Screen } from "../screen";
import { texts } from "../texts";
import { ask } from "./ask";
import { call, countDown, ended, talked } from "./call";
import { choose } from "./choose";
import { type Drawn, type Scene, tool } from "./parts";
import { proof } from "./proof";
import { expired, getting, refused } from "./refused";
import { isQuietRequest, over, request, requestBar, requestKey } from "./request";

export function draw(scene: Scene, screen: Screen): Drawn {
  switch (screen.name) {
    case "choose":
      return choose(scene, screen.pool);
    case "getting":
      return getting(screen.channel === "call_us" ? texts.gettingTitle : texts.asking);
    case "refused":
      return refused(scene, screen);
    case "call":
      return call(scene, screen.status);
    case "ended":
      return ended(scene, screen.status);
    case "expired":
      return expired(scene, screen.number);
    case "ask":
      return ask(scene, false);
    case "change":
      return ask(scene, true);
    case "proof":
      return proof(scene);
    case "request":
      return request(scene, screen.status);
    case "over":
      return over(scene, screen.status);
  }
}

/** What is drawn; the server's clock moves at every message and is not. */
export function keyOf(screen: Screen, flow: Flow): unknown {
  switch (screen.name) {
    case "call":
    case "ended": {
      const { state, number, agent, connected_at, end_reason, video } = screen.status;
      const { news, blocked } = flow.callUs.window;
      return [state, number, agent, connected_at, end_reason, video, news?.step, news?.words, blocked];
    }
    case "request":
      return requestKey(screen.status, flow);
    case "over":
      return [screen.status.state, screen.status.last_outcome];
    case "proof":
      return flow.callMe.saved?.proof;
    default:
      return screen;
  }
}

/** Named on the panel, for tests and for a shop that wants to know. */
export function stateOf(screen: Screen): string {
  return screen.name === "call" || screen.name === "request" ? screen.status.state : screen.name;
}

export function isQuiet(screen: Screen): boolean {
  return screen.name === "request" && isQuietRequest(screen.status);
}

/** The small bar while the customer goes on shopping. */
export function small(scene: Scene, screen: Screen): Drawn {
  if (screen.name === "request") return requestBar(scene, screen.status);
  if (screen.name !== "call") return { body: [h("span", {}, texts.expand)] };
  const { status } = screen;
  const name = status.agent?.first_name ?? null;
  const words = {
    waiting_for_call: status.display_number ?? "",
    queued: texts.queuedTitle,
    ringing: texts.ringingTitle(name),
    connected: texts.talkingTitle(name),
    ended: texts.endedTitle,
  }[status.state];
  const talking = status.state === "connected";
  return {
    body: [
      icon("phone"),
      h("span", {}, words),
      h("span", { class: "time", "data-part": talking ? "talked" : "time" }),
    ],
    beside: [windowTool(scene), eye(scene, name)],
    update: talking ? talked(scene, status.connected_at, status.server_time) : () => countDown(scene),
  };
}

function windowTool({ flow }: Scene): HTMLElement | null {
  const { window: there } = flow.callUs;
  return there.news && tool("window", texts.showWindow, "window", () => there.front());
}

/** Who shares the page sees it in the bar too, and ends it there with one click. */
function eye({ flow, shown }: Scene, name: string | null): HTMLElement | null {
  if (!shown.share) return null;
  const words = `${name ? texts.sees(name) : texts.shared} ${texts.stopShowing}`;
  return tool("eye", words, "stop-showing", () => void flow.stopShowing());
}
