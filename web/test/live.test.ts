// The live page without browsers: the order of what is told, what is too much, and that a secret is never among it (P27, P28).
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { draw } from "../src/console/frame";
import { sanitize } from "../src/console/sanitize";
import { Outbox } from "../src/live/outbox";
import { Recorder } from "../src/live/recorder";
import { allowedBy } from "../src/page/allowed";
import { rememberPasswords } from "../src/page/remember";
import { Secrets } from "../src/page/secrets";
import { Inbox } from "../src/replay/inbox";
import { Mirror } from "../src/replay/mirror";
import type { Ack, Change, Message } from "../src/shared/live";
import type { PageSnapshot } from "../src/shared/types";

const text = (id: number, value: string): Change => ({ op: "text", id, value });

describe("the outbox", () => {
  function outbox() {
    const sent: Message[] = [];
    const answers: ((ack: Ack) => void)[] = [];
    const wires = {
      send: (message: Message) => {
        sent.push(message);
        return new Promise<Ack>((answer) => answers.push(answer));
      },
      finish: (change: Change) => change,
      overflow: vi.fn(),
      unwatched: vi.fn(),
    };
    let now = 0;
    const box = new Outbox(wires, () => now);
    const wait = (ms: number) => {
      now += ms;
    };
    const answered = async (ack: Ack) => {
      answers.shift()?.(ack);
      await Promise.resolve();
      await Promise.resolve();
    };
    return { box, sent, wires, wait, answered };
  }

  test("counts from one for each picture, and keeps nothing before the first", () => {
    const { box, sent } = outbox();
    box.put(text(1, "too early"));
    box.flush();
    box.begin("a");
    box.put(text(1, "x"));
    box.flush();
    box.begin("b");
    box.put(text(1, "y"));
    box.flush();
    expect(sent.map(({ take, seq, ops }) => [take, seq, ops.length])).toEqual([
      ["a", 1, 1],
      ["b", 1, 1],
    ]);
  });

  test("tells only the newest of a text, a value, a place; attributes together; the order of the rest", () => {
    const { box, sent } = outbox();
    box.begin("a");
    box.put(text(1, "x"));
    box.put({ op: "attributes", id: 2, attributes: { a: "1", b: "1" } });
    box.put({ op: "remove", id: 3 });
    box.put(text(1, "y"));
    box.put({ op: "attributes", id: 2, attributes: { b: "2" } });
    box.flush();
    expect(sent[0]?.ops).toEqual([
      { op: "remove", id: 3 },
      text(1, "y"),
      { op: "attributes", id: 2, attributes: { a: "1", b: "2" } },
    ]);
  });

  test("has a bounded number of messages under way and says how long a change waited", async () => {
    const { box, sent, wait, answered } = outbox();
    box.begin("a");
    for (let count = 0; count < 20; count += 1) {
      box.put({ op: "remove", id: count });
      box.flush();
    }
    expect(sent).toHaveLength(6);
    wait(700);
    await answered({ ok: true, watched: true });
    expect(sent[6]?.age).toBe(700);
    expect(sent[6]?.ops).toHaveLength(14);
  });

  test.each([
    ["many", () => [...Array(5000)].map((_, id): Change => ({ op: "remove", id }))],
    ["large", () => [...Array(20)].map((_, id) => text(id, "x".repeat(30_000)))],
    ["one that is too large", () => [text(1, "x".repeat(50_000))]],
  ])("gives up when there is too much (%s), until the next picture", (_, changes) => {
    const { box, sent, wires } = outbox();
    box.begin("a");
    for (const change of changes()) box.put(change);
    box.flush();
    expect(wires.overflow).toHaveBeenCalledTimes(1);
    expect(sent).toEqual([]);
  });

  test("a server that is told too much, or does not answer, gets a new picture; one that nobody watches, none", async () => {
    for (const [ack, deed] of [
      [{ ok: false, again: true }, "overflow"],
      [{ ok: true, watched: false }, "unwatched"],
      [{ ok: false, elsewhere: true }, "unwatched"],
    ] as const) {
      const { box, wires, answered } = outbox();
      box.begin("a");
      box.put(text(1, "x"));
      box.flush();
      await answered(ack);
      expect(wires[deed]).toHaveBeenCalledTimes(1);
    }
  });

  test("says once a second that all is quiet", async () => {
    const { box, sent, wait, answered } = outbox();
    box.begin("a");
    wait(900);
    box.flush();
    expect(sent).toEqual([]);
    wait(100);
    box.flush();
    await answered({ ok: true, watched: true });
    expect(sent).toEqual([{ take: "a", seq: 1, age: 0, ops: [] }]);
  });
});

describe("the inbox", () => {
  function inbox() {
    const applied: number[] = [];
    const again = vi.fn();
    let now = 0;
    const box = new Inbox(
      ({ seq }) => applied.push(seq),
      again,
      () => now,
    );
    const message = (take: string, seq: number, age = 0) => box.message({ take, seq, age, ops: [] });
    const wait = (ms: number) => {
      now += ms;
    };
    return { box, applied, again, message, wait };
  }

  test("changes wait for their picture and come in order, each once", () => {
    const { box, applied, again, message } = inbox();
    for (const seq of [1, 2, 2, 3]) message("a", seq);
    expect(applied).toEqual([]);
    box.drawn("a");
    message("a", 3);
    message("a", 4);
    expect(applied).toEqual([1, 2, 3, 4]);
    expect(again).not.toHaveBeenCalled();
  });

  test("a gap asks for a new picture, once, and nothing of the old one is drawn", () => {
    const { box, applied, again, message } = inbox();
    box.drawn("a");
    message("a", 1);
    message("a", 3);
    message("a", 4);
    expect(applied).toEqual([1]);
    expect(again).toHaveBeenCalledTimes(1);
    message("b", 1);
    box.drawn("b");
    expect(applied).toEqual([1, 1]);
  });

  test("no more than some hundred wait", () => {
    const { again, message } = inbox();
    for (let seq = 1; seq <= 500; seq += 1) message("a", seq);
    expect(again).toHaveBeenCalledTimes(1);
  });

  test("silence, and what waited on the way, is how far it is behind", () => {
    const { box, message, wait } = inbox();
    expect(box.behind()).toBeNull();
    box.drawn("a");
    message("a", 1, 40);
    expect(box.behind()).toBe(40);
    wait(1400);
    expect(box.behind()).toBe(400);
    wait(1600);
    expect(box.behind()).toBe(3000);
    message("a", 2, 2500);
    expect(box.behind()).toBe(2500);
  });
});

/** Both sides in one document: what the recorder tells of this page, and what the mirror makes of it. */
class Both {
  readonly told: Change[] = [];
  readonly pictures: PageSnapshot[] = [];
  stale = 0;
  mirror: Mirror | null = null;
  readonly frame = document.implementation.createHTMLDocument();
  private readonly recorder: Recorder;

  constructor(body: string) {
    document.body.innerHTML = body;
    const rules = {
      passwords: rememberPasswords(document),
      allowed: allowedBy(document),
      secrets: new Secrets(),
    };
    this.recorder = new Recorder(document, rules, {
      picture: (page) => this.draw(page),
      change: (change) => {
        this.told.push(change);
        this.mirror?.apply(change);
      },
      stale: () => {
        this.stale += 1;
      },
    });
    this.recorder.start();
  }

  /** All that would leave the customer's browser. */
  get wire(): string {
    return JSON.stringify([this.pictures, this.told]);
  }

  end(): void {
    this.recorder.stop();
  }

  private draw(page: PageSnapshot): void {
    this.pictures.push(page);
    const clean = page.snapshot && sanitize(page.snapshot);
    if (!clean) throw new Error("no picture");
    const told = { size: () => {}, mouse: () => {}, address: () => {} };
    this.mirror = new Mirror(this.frame, draw(this.frame, clean, "Hidden"), "Hidden", told);
  }
}

let both: Both | null = null;
const live = (body: string): Both => {
  both = new Both(body);
  return both;
};
const settle = () => new Promise((done) => setTimeout(done, 30));
const one = <E extends HTMLElement = HTMLInputElement>(selector: string): E => {
  const found = document.querySelector<E>(selector);
  if (!found) throw new Error(selector);
  return found;
};
/** Key by key, each told before the next. */
async function type(selector: string, words: string): Promise<void> {
  const field = one(selector);
  field.focus();
  for (let length = 1; length <= words.length; length += 1) {
    if ("value" in field) field.value = words.slice(0, length);
    else (field as HTMLElement).textContent = words.slice(0, length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
  }
  await settle();
}

beforeEach(() => {
  document.body.removeAttribute("data-ctiapp-show");
});
afterEach(() => both?.end());

describe("what is typed in confidence, while the page is live", () => {
  const SECRET = "zq81-Secret";
  test.each([
    ['<input id="f">', "not allowed by the shop"],
    ['<textarea id="f"></textarea>', "not allowed by the shop"],
    ['<form data-ctiapp-show><input id="f" type="password"></form>', "a password"],
    ['<form data-ctiapp-show><input id="f" autocomplete="cc-number"></form>', "by autocomplete"],
    ['<form data-ctiapp-show><input id="f" autocomplete="one-time-code"></form>', "a one-time code"],
    ['<form data-ctiapp-show><input id="f" name="cvc"></form>', "by its name"],
    ['<form data-ctiapp-show><label>Sort code <input id="f"></label></form>', "by its label"],
    ['<form data-ctiapp-show><input id="f" data-ctiapp-private></form>', "marked private"],
    ['<form data-ctiapp-show><p data-ctiapp-private><input id="f"></p></form>', "in a private part"],
    ['<div id="f" contenteditable="true"></div>', "editable"],
    [
      '<div data-ctiapp-show><div id="f" contenteditable="" data-ctiapp-private></div></div>',
      "editable and private",
    ],
  ])("%s (%s)", async (body) => {
    const { wire } = await (async () => {
      const made = live(body);
      await type("#f", SECRET);
      one("#f").setAttribute("value", SECRET);
      one("#f").setAttribute("data-value", SECRET);
      await settle();
      return made;
    })();
    expect(wire).not.toContain("zq81");
    expect(wire).not.toContain("Secret");
  });

  test("a field that becomes secret is hidden from then on, whatever makes it so", async () => {
    const made = live(
      '<form data-ctiapp-show><input id="a"><input id="b"><p id="c"><input id="d"></p></form>',
    );
    one("#a").type = "password";
    one("#b").autocomplete = "cc-csc";
    one("#c").setAttribute("data-ctiapp-private", "");
    await settle();
    await type("#a", "secret-11");
    one("#a").type = "text";
    await type("#b", "secret-22");
    await type("#d", "secret-33");
    expect(made.wire).not.toContain("secret-");
    expect(made.frame.querySelector<HTMLInputElement>("#a")?.value).toBe("Hidden");
    expect(made.frame.querySelector("#c")?.textContent).toBe("Hidden");
  });

  test("what comes later is masked like what was there", async () => {
    const made = live('<form data-ctiapp-show id="form"></form>');
    one("#form").innerHTML =
      '<input name="cvc" value="secret-1"><input type="hidden" value="secret-2"><p data-ctiapp-private>secret-3<b>secret-4</b></p>' +
      '<select aria-label="Expiry"><option selected>secret-5</option></select><p id="open">to be seen</p>';
    await settle();
    const region = document.querySelector("[data-ctiapp-private]");
    region?.append("secret-6");
    const inner = document.querySelector("b");
    if (inner?.firstChild) (inner.firstChild as Text).data = "secret-7";
    inner?.setAttribute("title", "secret-8");
    await settle();
    expect(made.wire).not.toContain("secret-");
    expect(made.frame.querySelector("#open")?.textContent).toBe("to be seen");
  });

  test("a card number in an allowed field is never told, not even without its last digit", async () => {
    const made = live('<form data-ctiapp-show><input id="f" name="remarks"></form>');
    await type("#f", "take 4929 1397 4655 2013 please");
    expect(made.wire).not.toMatch(/4929 ?1397 ?4|4655/);
    one("#f").blur();
    await settle();
    expect(made.wire).not.toMatch(/4929 ?1397 ?4|4655/);
  });

  test("a telephone number is told when they have gone on", async () => {
    const made = live('<form data-ctiapp-show><input id="f" name="phone"></form>');
    await type("#f", "07700 900142");
    expect(made.wire).not.toContain("900142");
    one("#f").blur();
    await settle();
    expect(made.frame.querySelector<HTMLInputElement>("#f")?.value).toBe("07700 900142");
  });

  test("a page that repeats a hidden field, at every key or later, does not tell it", async () => {
    const made = live('<input id="f" type="password"><p id="echo"></p><p id="later"></p>');
    one("#f").addEventListener("input", () => {
      one("#echo").textContent = `You typed ${one("#f").value}`;
    });
    await type("#f", "heron-Quarry-58");
    one("#f").value = "";
    one("#later").textContent = "It was heron-Quarry-58";
    one("#later").title = "heron-Quarry-58";
    await settle();
    expect(made.wire).not.toMatch(/heron|Quarry/);
    expect(made.frame.querySelector("#later")?.textContent).toBe("It was ••••••");
  });

  test("a card number in two pieces of text", async () => {
    const made = live("<p><b id=one>4929 1397</b> <i id=two></i></p>");
    one("#two").textContent = "4655 2013";
    await settle();
    expect(made.wire).not.toContain("4655");
    expect(made.frame.querySelector("p")?.textContent).not.toContain("1397");
  });
});

describe("what happens on the page is drawn", () => {
  test("added, moved, removed, changed", async () => {
    const made = live('<main data-ctiapp-show><p id="a">A</p><p id="b">B</p><p id="c">C</p></main>');
    const main = one("main");
    main.append(one("#a"));
    one("#b").remove();
    one("#c").firstChild?.replaceWith("changed");
    one("#c").className = "red";
    const more = document.createElement("div");
    more.innerHTML = "<em>new</em> words";
    main.prepend(more);
    await settle();
    expect(made.frame.querySelector("main")?.innerHTML).toBe(
      '<div><em>new</em> words</div><p id="c" class="red">changed</p><p id="a">A</p>',
    );
  });

  test("in its place also beside what is not shown", async () => {
    const made = live(
      '<main><p id="a">A</p><script></script><ctiapp-panel></ctiapp-panel><p id="z">Z</p></main>',
    );
    const panel = one("ctiapp-panel");
    panel.insertAdjacentHTML("beforebegin", "<p>one</p>");
    panel.insertAdjacentHTML("afterend", "<p>two</p>");
    await settle();
    expect(made.frame.querySelector("main")?.textContent).toBe("AonetwoZ");
    expect(made.wire).not.toContain("ctiapp-panel");
  });

  test("ticks and choices of fields that the shop allowed", async () => {
    const made = live(
      '<form data-ctiapp-show><input type="checkbox" id="t"><select id="s"><option>a</option><option>b</option></select></form>',
    );
    one("#t").click();
    one<HTMLSelectElement>("#s").selectedIndex = 1;
    one("#s").dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(made.frame.querySelector<HTMLInputElement>("#t")?.checked).toBe(true);
    expect(made.frame.querySelector<HTMLSelectElement>("#s")?.selectedIndex).toBe(1);
  });
});

describe("a customer's browser that lies", () => {
  function mirror() {
    const page = {
      type: 0,
      id: 1,
      childNodes: [
        {
          type: 2,
          id: 2,
          tagName: "html",
          attributes: {},
          childNodes: [
            { type: 2, id: 3, tagName: "head", attributes: {}, childNodes: [] },
            { type: 2, id: 4, tagName: "body", attributes: {}, childNodes: [] },
          ],
        },
      ],
    };
    const frame = document.implementation.createHTMLDocument();
    const told = { size: () => {}, mouse: () => {}, address: () => {} };
    const clean = sanitize(page);
    if (!clean) throw new Error("no page");
    return { frame, mirror: new Mirror(frame, draw(frame, clean, "Hidden"), "Hidden", told) };
  }
  const add = (tagName: string, attributes: Record<string, string>, id = 9): Change => ({
    op: "add",
    parent: 4,
    next: null,
    node: { type: 2, id, tagName, attributes, childNodes: [] },
  });

  test.each([
    ["a script", add("script", { src: "https://evil.example/x.js" })],
    ["a frame", add("iframe", { srcdoc: "<script>evil()</script>" })],
    ["a handler", add("img", { onerror: "evil()", src: "https://evil.example/x.png" })],
    ["a link", add("a", { href: "javascript:evil()" })],
    ["a style that fetches", add("p", { style: "background: url(https://evil.example/x.png)" })],
    ["a refresh", add("meta", { "http-equiv": "refresh", content: "0;url=https://evil.example" })],
  ])("%s is not drawn", (_, change) => {
    const { frame, mirror: drawn } = mirror();
    drawn.apply(change);
    expect(frame.documentElement.outerHTML).not.toContain("evil");
  });

  test("attributes and styles that come later neither", () => {
    const { frame, mirror: drawn } = mirror();
    drawn.apply(add("img", {}));
    drawn.apply(add("style", {}, 10));
    const attributes = {
      onload: "evil()",
      src: "https://evil.example",
      style: "background: url(//evil.example)",
    };
    drawn.apply({
      op: "attributes",
      id: 9,
      attributes: { ...attributes, "on load": "evil()", SRCSET: "evil.png" },
    });
    drawn.apply({ op: "style", id: 10, value: '@import "https://evil.example/x.css"; p { color: red }' });
    drawn.apply({ op: "sheets", id: 1, sheets: ["p { background: url(https://evil.example/x) }"] });
    expect(frame.documentElement.outerHTML).not.toContain("evil");
    expect(frame.documentElement.outerHTML).toContain("color: red");
  });

  test("what it does not know, or what makes no sense, changes nothing", () => {
    const { frame, mirror: drawn } = mirror();
    const before = frame.documentElement.outerHTML;
    for (const change of [
      { op: "remove", id: 2 },
      { op: "remove", id: 77 },
      { op: "text", id: 4, value: "x" },
      { op: "style", id: 4, value: "x" },
      { op: "field", id: 4, value: "x" },
      { op: "focus", id: 77 },
      { op: "add", parent: 77, next: null, node: { type: 3, id: 9, textContent: "x" } },
      { op: "add", parent: 1, next: null, node: { type: 2, id: 9, tagName: "p", attributes: {} } },
    ] as Change[]) {
      drawn.apply(change);
    }
    expect(frame.documentElement.outerHTML).toBe(before);
  });
});
