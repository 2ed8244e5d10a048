import type { ComponentChildren } from "preact";
import type { Customer, Engagement } from "../shared/types";
import { type Saving, useAutosave } from "./autosave";
import type { Desk } from "./desk";
import { texts } from "./texts";

type NotesProps = {
  desk: Desk;
  engagement: Engagement;
  onDraft: (note: string) => void;
  children?: ComponentChildren;
};

/** Notes of one call. They stay in one place from ring to wrap-up, so that nobody loses the cursor. */
export function Notes({ desk, engagement, onDraft, children }: NotesProps) {
  const { reservation, note } = engagement;
  const saving = useAutosave(desk, note, (text) => desk.api.notes(reservation, text), texts.notesHint);
  const type = (text: string) => {
    onDraft(text);
    saving.type(text);
  };
  return (
    <section class="block notes">
      <Pad id="notes" name={texts.notes} saving={{ ...saving, type }} />
      {children}
    </section>
  );
}

/** What is to be known of the customer at every call. */
export function LastingNotes({
  desk,
  interaction,
  customer,
}: {
  desk: Desk;
  interaction: string;
  customer: Customer;
}) {
  const keep = (notes: string) => desk.api.keepCustomer(interaction, { notes });
  const saving = useAutosave(desk, customer.notes ?? "", keep, texts.lastingHint);
  return (
    <section class="block notes">
      <Pad id="lasting-notes" name={texts.lastingNotes} saving={saving} />
    </section>
  );
}

function Pad({ id, name, saving }: { id: string; name: string; saving: Saving }) {
  return (
    <>
      <div class="between">
        <h2>
          <label for={id}>{name}</label>
        </h2>
        <small role="status">{saving.words}</small>
      </div>
      <textarea
        id={id}
        rows={4}
        maxLength={4000}
        value={saving.text}
        onInput={(event) => saving.type((event.target as HTMLTextAreaElement).value)}
      />
      {saving.retry && (
        <button type="button" class="btn small" onClick={saving.retry}>
          {texts.retry}
        </button>
      )}
    </>
  );
}
