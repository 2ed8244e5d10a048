import { useEffect, useRef } from "preact/hooks";
import { useChoices } from "./alerts";
import { KEYS } from "./keys";
import { texts } from "./texts";

/** All keys, over the screen; Escape closes it. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [chosen, choose] = useChoices();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal?.();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={box} class="key-list" aria-labelledby="key-list" onClose={onClose} data-part="key-list">
      <div class="between">
        <h2 id="key-list">{texts.keys}</h2>
        <button type="button" class="btn small" onClick={() => box.current?.close()}>
          {texts.close}
        </button>
      </div>
      <Keys />
      <p class="hint">{texts.keysEverywhere}</p>
      <button
        type="button"
        class="btn small"
        role="switch"
        aria-checked={chosen.keys}
        onClick={() => choose({ keys: !chosen.keys })}
      >
        {texts.singleKeys}: {chosen.keys ? texts.on : texts.off}
      </button>
    </dialog>
  );
}

export function Keys() {
  return (
    <dl class="facts keys">
      {KEYS.map(({ name, keys }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
