import { useState } from "preact/hooks";
import { useChoices } from "./alerts";
import { texts } from "./texts";

/** How the agent is told of a call: by sound, and while this tab is hidden by a notice. */
export function AlertChoices() {
  const [chosen, choose] = useChoices();
  const [permission, setPermission] = useState("Notification" in window ? Notification.permission : "denied");
  return (
    <section class="block" aria-labelledby="alerts">
      <h2 id="alerts">{texts.alerts}</h2>
      <dl class="facts">
        <div>
          <dt>{texts.ringSound}</dt>
          <dd>
            <button
              type="button"
              class="btn small"
              role="switch"
              aria-checked={chosen.sound}
              aria-label={texts.ringSound}
              onClick={() => choose({ sound: !chosen.sound })}
            >
              {chosen.sound ? texts.on : texts.off}
            </button>
          </dd>
        </div>
        <div>
          <dt>{texts.notices}</dt>
          <dd>
            {permission === "default" ? (
              <button
                type="button"
                class="btn small"
                aria-label={`${texts.noticesAllow}: ${texts.notices}`}
                onClick={() => void Notification.requestPermission().then(setPermission)}
              >
                {texts.noticesAllow}
              </button>
            ) : permission === "granted" ? (
              texts.on
            ) : (
              texts.off
            )}
          </dd>
        </div>
      </dl>
      {permission === "default" && <p class="hint">{texts.noticesWhy}</p>}
      {permission === "denied" && <p class="hint">{texts.noticesRefused}</p>}
    </section>
  );
}
