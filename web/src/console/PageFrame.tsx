import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { LiveLayer, LivePill, LiveTools, useViewer } from "../replay/LivePage";
import { texts as liveTexts } from "../replay/texts";
import { age } from "../shared/format";
import type { Engagement, PageSnapshot } from "../shared/types";
import { secondsSince, useServerNow } from "./clocks";
import type { Desk } from "./desk";
import { clear, draw } from "./frame";
import { Icon } from "./icons";
import { moment } from "./outgoing";
import { sanitize } from "./sanitize";
import { texts } from "./texts";

type Look = "opening" | "page" | "not_shared" | "failed" | "none" | "gone";

const GIVE_UP_AFTER = 3000;

/**
 * The customer's page. `onShown` is called once the page, or the words that say there is none, are in the document.
 * The frame is blanked before the browser paints whenever the interaction changes, and what comes late is dropped.
 */
export function PageFrame({
  desk,
  engagement,
  onShown,
}: {
  desk: Desk;
  engagement: Engagement;
  onShown: () => void;
}) {
  const { interaction, page, channel } = engagement;
  const frame = useRef<HTMLIFrameElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const loaded = useRef(promise());
  const [look, setLook] = useState<Look>(page ? "opening" : "none");
  const [viewport, setViewport] = useState({ width: 1280, height: 800 });
  const [scale, setScale] = useState(1);
  const version = page?.version ?? -1;
  const [viewer, standing] = useViewer(desk.line, interaction, page !== null);
  const watching = useRef(viewer);
  watching.current = viewer;
  const [pointing, setPointing] = useState(false);
  const over = ["stopped", "closed"].includes(standing.state);

  useLayoutEffect(() => {
    if (standing.size) setViewport(standing.size);
  }, [standing.size]);

  useLayoutEffect(() => {
    if (!over) return;
    blank(frame.current);
    setLook("gone");
  }, [over]);

  useLayoutEffect(() => {
    let current = true;
    const settle = (next: Look) => {
      if (!current) return;
      setLook(next);
      onShown();
    };
    if (!page) {
      blank(frame.current);
      settle("none");
      return;
    }
    const giveUp = setTimeout(() => settle("failed"), GIVE_UP_AFTER);
    Promise.all([desk.api.page(interaction), loaded.current.done]).then(
      ([come]) => {
        clearTimeout(giveUp);
        const document = frame.current?.contentDocument;
        if (!current || !document) return;
        const snapshot = pageOf(come, interaction);
        const clean = snapshot?.snapshot ? sanitize(snapshot.snapshot) : null;
        if (!snapshot || !clean) {
          clear(document);
          return settle("not_shared");
        }
        setViewport(snapshot.viewport);
        scaleToFit(frame.current, stage.current, snapshot.viewport, setScale);
        const nodes = draw(document, clean, texts.hidden);
        watching.current?.drawn(document, nodes, snapshot.take ?? null, texts.hidden);
        settle("page");
      },
      () => {
        clearTimeout(giveUp);
        settle("failed");
      },
    );
    return () => {
      current = false;
      clearTimeout(giveUp);
    };
  }, [interaction, version]);

  useEffect(() => {
    const box = stage.current;
    if (!box) return;
    const observer = new ResizeObserver(() => scaleToFit(frame.current, box, viewport, setScale));
    observer.observe(box);
    return () => observer.disconnect();
  }, [viewport]);

  const shared = look === "page";
  const words = {
    opening: texts.opening,
    not_shared: over ? liveTexts.stopped : texts.notShared,
    failed: texts.pageFailed,
    none: channel !== "ordinary" ? texts.notShared : texts.noPage,
    gone: standing.state === "closed" ? liveTexts.closed : liveTexts.stopped,
    page: "",
  }[look];
  const address = standing.address ?? page;
  return (
    <section class="page" aria-label={texts.page}>
      <header class="page-head">
        <h2>{standing.state === "live" ? liveTexts.title : texts.page}</h2>
        {page && standing.state !== "waiting" && <LivePill standing={standing} />}
        {page && standing.state !== "live" && (
          <span class="pill ready">
            <Icon name="eye" />
            <PageAge desk={desk} takenAt={page.taken_at} />
          </span>
        )}
        {address && <span class="hint ellipsis">{address.title}</span>}
        {viewer && shared && (
          <LiveTools
            viewer={viewer}
            standing={standing}
            page={address?.url ?? ""}
            pointing={pointing}
            setPointing={setPointing}
          />
        )}
      </header>
      <div class="page-box">
        {address && (
          <p class="address">
            <Icon name="lock" />
            <span class="ellipsis" data-part="address" title={address.url}>
              {address.url.replace(/^https?:\/\//, "")}
            </span>
            {shared && (
              <small>{texts.viewport(viewport.width, viewport.height, Math.round(scale * 100))}</small>
            )}
          </p>
        )}
        <div class={pointing ? "stage pointed" : "stage"} ref={stage} data-look={look}>
          <iframe
            ref={frame}
            title={texts.frameTitle}
            src="/console/frame"
            sandbox="allow-same-origin"
            class={shared ? "shown" : "blank"}
            onLoad={() => loaded.current.resolve()}
          />
          {viewer && shared && (
            <LiveLayer
              viewer={viewer}
              standing={standing}
              frame={frame}
              scale={scale}
              pointing={pointing}
              setPointing={setPointing}
            />
          )}
          {!shared && (
            <p class="nothing">
              <Icon name={["not_shared", "none", "gone"].includes(look) ? "eyeOff" : "page"} large />
              <b>{words}</b>
              {look === "none" && channel === "ordinary" && <span>{texts.noPageDetail}</span>}
            </p>
          )}
        </div>
      </div>
      {page && page.hidden_fields > 0 && (
        <footer class="page-foot">
          <Icon name="eyeOff" />
          {texts.hiddenFields(page.hidden_fields)}
        </footer>
      )}
    </section>
  );
}

/** A page that was taken some time ago says how old it is: the customer may see another one by now. */
function PageAge({ desk, takenAt }: { desk: Desk; takenAt: string }) {
  const now = useServerNow(desk);
  const seconds = secondsSince(takenAt, now);
  const time = moment(takenAt, new Date(now));
  return (
    <span data-part="page-age">
      {seconds < 60 ? texts.pageTaken(time) : texts.pageAge(time, age(seconds))}
    </span>
  );
}

/** The page of this interaction and no other. */
export function pageOf(
  come: (PageSnapshot & { interaction?: string }) | null,
  interaction: string,
): PageSnapshot | null {
  if (!come || (come.interaction !== undefined && come.interaction !== interaction)) return null;
  return come;
}

function promise(): { done: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const done = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { done, resolve };
}

function blank(frame: HTMLIFrameElement | null): void {
  if (frame?.contentDocument) clear(frame.contentDocument);
}

/** The customer's own width, made small enough; the height is what the agent's window gives. */
function scaleToFit(
  frame: HTMLIFrameElement | null,
  stage: HTMLElement | null,
  viewport: { width: number; height: number },
  told: (scale: number) => void,
): void {
  if (!frame || !stage?.clientWidth) return;
  const scale = Math.min(1, stage.clientWidth / Math.max(200, viewport.width));
  frame.style.width = `${viewport.width}px`;
  frame.style.height = `${Math.ceil(stage.clientHeight / scale)}px`;
  frame.style.transform = `scale(${scale})`;
  frame.style.left = `${Math.max(0, (stage.clientWidth - viewport.width * scale) / 2)}px`;
  told(scale);
}
