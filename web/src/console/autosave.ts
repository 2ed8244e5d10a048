import { useEffect, useRef, useState } from "preact/hooks";
import { timeOfDay } from "../shared/format";
import type { Desk } from "./desk";
import { texts } from "./texts";

const PAUSE = 700;
const AGAIN = 3000;

export type Saving = {
  text: string;
  type: (text: string) => void;
  retry: (() => void) | null;
  words: string;
};

/** A text that is kept as it is typed: a moment after the last key, again while it fails, and what is left at the end. */
export function useAutosave(
  desk: Desk,
  begin: string,
  keep: (text: string) => Promise<unknown>,
  hint: string,
): Saving {
  const [text, setText] = useState(begin);
  const [state, setState] = useState<"clean" | "dirty" | "failed" | "saved">("clean");
  const [at, setAt] = useState("");
  const latest = useRef(begin);
  const kept = useRef(begin);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const save = async () => {
    clearTimeout(timer.current);
    const sent = latest.current;
    try {
      await keep(sent);
      kept.current = sent;
      if (latest.current !== sent) return;
      setState("saved");
      setAt(timeOfDay(new Date(desk.now()).toISOString()));
    } catch {
      setState("failed");
      timer.current = setTimeout(() => void save(), AGAIN);
    }
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      // Typed as the clock struck: wrap-up is over and the text is still theirs.
      if (latest.current !== kept.current) keep(latest.current).catch(() => undefined);
    },
    [],
  );
  const type = (typed: string) => {
    latest.current = typed;
    setText(typed);
    setState("dirty");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), PAUSE);
  };
  const words = { clean: hint, dirty: texts.saving, failed: texts.notSaved, saved: texts.saved(at) }[state];
  return { text, type, retry: state === "failed" ? () => void save() : null, words };
}
