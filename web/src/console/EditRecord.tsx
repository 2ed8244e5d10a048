import { useRef, useState } from "preact/hooks";
import type { Engagement } from "../shared/types";
import type { CustomerChange } from "./client";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { texts } from "./texts";

type Props = { desk: Desk; engagement: Engagement; onDone: (() => void) | null };

/** The record in a form: put right for somebody known, begun for a stranger. */
export function EditRecord({ desk, engagement, onDone }: Props) {
  const { customer, caller } = engagement;
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<{ field: string; words: string } | null>(null);
  const [saving, setSaving] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    if (saving) return;
    setSaving(true);
    const refused = await desk.refused(() =>
      desk.api.keepCustomer(engagement.interaction, changes(form.current)),
    );
    setSaving(false);
    if (!refused) return onDone?.();
    const field = refused.code === "malformed_number" ? "phone" : String(refused.details.field ?? "name");
    setProblem({ field, words: desk.words(refused) });
    (form.current?.elements.namedItem(field) as HTMLElement | null)?.focus();
  };
  const invalid = (field: string) =>
    problem?.field === field ? { "aria-invalid": true, "aria-describedby": "record-problem" } : {};
  return (
    <form
      ref={form}
      class="fields edit"
      data-part="edit-record"
      onSubmit={(event) => void save(event)}
      noValidate
    >
      <label class="wide">
        {texts.name}
        <input name="name" maxLength={200} defaultValue={customer?.name ?? ""} autocomplete="off" />
      </label>
      <label class="wide">
        {texts.phone}
        <input
          name="phone"
          type="tel"
          maxLength={40}
          defaultValue={customer?.phone ?? caller ?? ""}
          autocomplete="off"
          {...invalid("phone")}
        />
      </label>
      <label class="wide">
        {texts.email}
        <input
          name="email"
          type="email"
          maxLength={200}
          defaultValue={customer?.email ?? ""}
          autocomplete="off"
          {...invalid("email")}
        />
      </label>
      <label>
        {texts.language}
        <input
          name="language"
          maxLength={5}
          placeholder="en"
          defaultValue={customer?.language ?? ""}
          autocomplete="off"
          {...invalid("language")}
        />
      </label>
      <label class="wide">
        {texts.tags}
        <textarea
          name="attributes"
          rows={3}
          defaultValue={linesOf(customer?.attributes ?? {})}
          aria-describedby="tags-hint"
        />
        <span class="hint" id="tags-hint">
          {texts.tagsHint}
        </span>
      </label>
      <p id="record-problem" role="alert" class={problem ? "banner bad wide" : "empty"}>
        {problem && <Icon name="alert" />}
        {problem?.words}
      </p>
      <div class="row wide">
        <button type="submit" class="btn primary small" data-part="save-record" aria-disabled={saving}>
          {saving ? texts.saving : texts.save}
        </button>
        {onDone && (
          <button type="button" class="btn small" onClick={onDone}>
            {texts.cancel}
          </button>
        )}
      </div>
    </form>
  );
}

function changes(form: HTMLFormElement | null): CustomerChange {
  const value = (name: string) =>
    (form?.elements.namedItem(name) as HTMLInputElement | HTMLTextAreaElement | null)?.value.trim() ?? "";
  return {
    name: value("name"),
    phone: value("phone"),
    email: value("email"),
    language: value("language"),
    attributes: attributesOf(value("attributes")),
  };
}

/** A line a tag: "Trade price: no" or "Kitchen project". */
export function attributesOf(lines: string): Record<string, string> {
  const pairs = lines.split("\n").map((line) => {
    const [name = "", ...value] = line.split(":");
    return [name.trim(), value.join(":").trim()] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name));
}

export function linesOf(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value ? `${name}: ${value}` : name))
    .join("\n");
}
