import { useRef, useState } from "preact/hooks";
import { Refused } from "./client";
import type { Desk } from "./desk";
import { Brand, Icon } from "./icons";
import { CallGoesOn } from "./PhoneSlot";
import { texts } from "./texts";

export function SignIn({ desk, notice }: { desk: Desk; notice: string | null }) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [elsewhere, setElsewhere] = useState<"agent" | "station" | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    const field = (name: string) => form.current?.elements.namedItem(name) as HTMLInputElement;
    const empty = ["agent", "password", "station"].map(field).find((input) => !input.value.trim());
    if (busy) return;
    if (empty) {
      setError(texts.needed);
      empty.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const [agent, password, station] = [
        field("agent").value.trim(),
        field("password").value,
        field("station").value.trim(),
      ];
      await desk.signIn(agent, password, station, elsewhere !== null);
      try {
        localStorage.setItem("ctiapp:station", station);
      } catch {
        // Then it is typed again tomorrow.
      }
    } catch (reason) {
      const code = reason instanceof Refused ? reason.code : "";
      if (code === "already_logged_in") setElsewhere("agent");
      else if (code === "station_taken") setElsewhere("station");
      else
        setError(
          texts.refusals[code] ??
            (reason instanceof Refused && reason.message ? reason.message : texts.refused),
        );
      if (code === "wrong_password" || code === "unknown_agent") field("password").select();
      if (code === "unknown_station") field("station").select();
      setBusy(false);
    }
  };

  return (
    <div class="sign-in">
      <header class="top">
        <Brand />
      </header>
      <main>
        <form ref={form} class="card" onSubmit={(event) => void submit(event)} noValidate>
          <h1>{texts.signInTitle}</h1>
          {notice && (
            <p class="banner warn" role="status">
              <Icon name="alert" />
              {notice}
            </p>
          )}
          <div class="fields">
            <label>
              {texts.agentId}
              <input
                name="agent"
                autocomplete="username"
                onInput={() => setElsewhere(null)}
                aria-describedby="sign-in-error"
              />
            </label>
            <label>
              {texts.password}
              <input
                name="password"
                type="password"
                autocomplete="current-password"
                aria-describedby="sign-in-error"
              />
            </label>
            <label class="wide">
              {texts.station}
              <input
                name="station"
                onInput={() => setElsewhere(null)}
                inputMode="numeric"
                autocomplete="off"
                defaultValue={lastStation()}
                aria-describedby="station-hint sign-in-error"
              />
              <span class="hint" id="station-hint">
                {texts.stationHint}
              </span>
            </label>
          </div>
          <p id="sign-in-error" role="alert" class={error ? "banner bad" : "empty"}>
            {error && <Icon name="alert" />}
            {error}
          </p>
          {elsewhere && (
            <p class="banner warn" role="alert">
              <Icon name="alert" />
              {elsewhere === "agent" ? texts.alreadyLoggedIn : texts.stationTaken}
            </p>
          )}
          <button type="submit" class="btn primary tall" aria-disabled={busy} data-part="sign-in">
            {busy ? texts.signingIn : elsewhere ? texts.takeOver : texts.signIn}
          </button>
          <p class="hint">
            {texts.startNotReady[0]}
            <b>{texts.startNotReady[1]}</b>
            {texts.startNotReady[2]}
          </p>
        </form>
        <CallGoesOn desk={desk} />
      </main>
    </div>
  );
}

function lastStation(): string {
  try {
    return localStorage.getItem("ctiapp:station") ?? "";
  } catch {
    return "";
  }
}
