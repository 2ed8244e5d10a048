// What the page frame shows of the live page: how it stands, the customer's mouse, the agent's pointer, a page to suggest.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../console/icons";
import { useKeys } from "../console/keys";
import { texts } from "./texts";
import { AT_FIRST, type Standing, Viewer, type ViewerLine } from "./viewer";

/** One viewer for the time that this customer's page is on screen. */
export function useViewer(line: ViewerLine, interaction: string, has: boolean): [Viewer | null, Standing] {
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [standing, setStanding] = useState(AT_FIRST);
  useEffect(() => {
    if (!has) return;
    const made = new Viewer(line, interaction, setStanding);
    setViewer(made);
    made.start();
    return () => {
      made.stop();
      setViewer(null);
      setStanding(AT_FIRST);
    };
  }, [line, interaction, has]);
  return [viewer, standing];
}

/** Whether what is in the frame is the page as it is now, and if not, why. Nothing while nothing is known. */
export function LivePill({ standing }: { standing: Standing }) {
  const words = {
    waiting: "",
    live: standing.behind > 0 ? texts.behind(standing.behind) : texts.live,
    paused: texts.paused,
    stopped: texts.stopped,
    too_large: texts.tooLarge,
    away: texts.away,
    closed: texts.closed,
  }[standing.state];
  const well = standing.state === "live" && standing.behind === 0;
  return (
    <span
      class={well ? "pill ready" : "pill not_ready"}
      role="status"
      data-part="live"
      data-state={standing.state}
    >
      <Icon name={standing.state === "stopped" ? "eyeOff" : well ? "eye" : "clock"} />
      {words}
    </span>
  );
}

/** The buttons; the pointer is put away with P, Escape, or when the page is no longer live. */
export function LiveTools({
  viewer,
  standing,
  page,
  pointing,
  setPointing,
}: {
  viewer: Viewer;
  standing: Standing;
  page: string;
  pointing: boolean;
  setPointing: (on: boolean) => void;
}) {
  const [suggesting, setSuggesting] = useState(false);
  const live = standing.state === "live";
  useKeys((key) => {
    if (key !== "p" || !(live || pointing)) return false;
    setPointing(!pointing);
    return true;
  });
  return (
    <span class="live-tools">
      <button
        type="button"
        class="btn small"
        aria-pressed={pointing}
        disabled={!live}
        data-part="pointer"
        onClick={() => setPointing(!pointing)}
      >
        {texts.pointer} <kbd>P</kbd>
      </button>
      <button
        type="button"
        class="btn small"
        aria-expanded={suggesting}
        disabled={!live}
        data-part="suggest"
        onClick={() => setSuggesting(!suggesting)}
      >
        {texts.suggest}
      </button>
      {suggesting && live && (
        <Suggest
          send={(url) => {
            void viewer.propose(url, page);
            setSuggesting(false);
          }}
          close={() => setSuggesting(false)}
        />
      )}
      {standing.answer && (
        <small role="status" data-part="suggested">
          {texts.suggested[standing.answer]}
        </small>
      )}
    </span>
  );
}

function Suggest({ send, close }: { send: (url: string) => void; close: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="suggest"
      onSubmit={(event) => {
        event.preventDefault();
        if (field.current?.value.trim()) send(field.current.value.trim());
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <input ref={field} aria-label={texts.suggestLabel} placeholder="/kitchens" data-part="suggest-url" />
      <button type="submit" class="btn small" data-part="suggest-send">
        {texts.suggestSend}
      </button>
      <button type="button" class="btn small quiet" onClick={close}>
        {texts.cancel}
      </button>
    </form>
  );
}

/** Over the frame: the customer's mouse, and while the agent points everything the agent's own mouse does. */
export function LiveLayer({
  viewer,
  standing,
  frame,
  scale,
  pointing,
  setPointing,
}: {
  viewer: Viewer;
  standing: Standing;
  frame: RefObject<HTMLIFrameElement | null>;
  scale: number;
  pointing: boolean;
  setPointing: (on: boolean) => void;
}) {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  const live = standing.state === "live";
  useEffect(() => {
    if (!pointing) return;
    const putAway = (event: KeyboardEvent) => event.key === "Escape" && setPointing(false);
    document.addEventListener("keydown", putAway);
    return () => {
      document.removeEventListener("keydown", putAway);
      viewer.pointerOff();
      setAt(null);
    };
  }, [pointing, viewer]);
  useEffect(() => {
    if (!live && pointing) setPointing(false);
  }, [live, pointing]);
  const point = (kind: "move" | "mark") => (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const left = frame.current?.offsetLeft ?? 0;
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    setAt({ x, y });
    const inside = frame.current?.contentDocument;
    if (inside) viewer.point(kind, inside, (x - left) / scale, y / scale);
  };
  const left = frame.current?.offsetLeft ?? 0;
  return (
    <>
      {live && standing.mouse && (
        <i
          class="customers-mouse"
          aria-hidden="true"
          data-part="customers-mouse"
          ref={(dot) => {
            if (dot && standing.mouse)
              dot.style.transform = `translate(${left + standing.mouse.x * scale}px, ${standing.mouse.y * scale}px)`;
          }}
        />
      )}
      {pointing && (
        <div
          class="pointing"
          data-part="pointing"
          role="application"
          aria-label={texts.pointerOn}
          title={texts.pointerOn}
          onMouseMove={point("move")}
          onPointerDown={point("mark")}
          onWheel={(event) => frame.current?.contentWindow?.scrollBy(0, event.deltaY / scale)}
        >
          {at && (
            <span
              class="you"
              ref={(label) => {
                if (label) label.style.transform = `translate(${at.x}px, ${at.y}px)`;
              }}
            >
              {texts.you}
            </span>
          )}
        </div>
      )}
    </>
  );
}
