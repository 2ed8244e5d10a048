// Looking for a customer: the record that is opened is only read, beside that of the call and never in its place.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { initials } from "../shared/format";
import type { AgentView, FoundCustomer, FoundCustomers, FoundRecord } from "../shared/types";
import type { Desk } from "./desk";
import { askFor, during, type While } from "./find";
import { Icon } from "./icons";
import { useKeys } from "./keys";
import { CallbackLine } from "./MyCallbacks";
import { Contacts, Facts } from "./Record";
import { texts } from "./texts";

const AFTER_TYPING = 250;
const LINES_AT_FIRST = 5;

export function FindCustomer({ desk, view }: { desk: Desk; view: AgentView }) {
  const interaction = view.engagement?.interaction ?? null;
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<While<FoundCustomers> | null>(null);
  const [opened, setOpened] = useState<While<FoundRecord> | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const before = useRef<HTMLElement | null>(null);
  const latest = useRef(0);
  const text = askFor(typed);
  const record = during(opened, interaction);
  const answer = text ? during(found, interaction) : null;

  useLayoutEffect(() => {
    // Whoever is typing goes on; everything else is of the time before.
    setFound(null);
    setOpened(null);
    if (document.activeElement !== field.current) setTyped("");
  }, [interaction]);

  useEffect(() => {
    setProblem(null);
    if (!text) return setFound(null);
    const soon = setTimeout(() => void look(text), AFTER_TYPING);
    return () => {
      clearTimeout(soon);
      latest.current += 1;
    };
  }, [text, interaction]);

  useKeys((key) => {
    if (key !== "/") return false;
    if (document.activeElement !== field.current) before.current = document.activeElement as HTMLElement;
    field.current?.focus();
    field.current?.select();
    return true;
  });

  useEffect(() => {
    if (!record) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [record]);

  const ask = async <T,>(deed: () => Promise<T>, show: (value: While<T>) => void) => {
    latest.current += 1;
    const mine = latest.current;
    const refused = await desk.refused(async () => {
      const value = await deed();
      if (mine === latest.current) show({ interaction, value });
    });
    if (mine === latest.current) setProblem(refused && desk.words(refused));
  };
  const look = (asked: string) => ask(() => desk.api.findCustomers(asked), setFound);
  const open = (id: string) => ask(() => desk.api.foundCustomer(id), setOpened);

  function close() {
    const { activeElement } = document;
    const isElsewhere = activeElement !== document.body && !box.current?.contains(activeElement);
    if (!isElsewhere) field.current?.focus();
    setOpened(null);
  }

  function leave() {
    setTyped("");
    const back = before.current;
    before.current = null;
    if (back?.isConnected && back !== document.body) back.focus();
    else field.current?.blur();
  }

  const rows = () => [
    ...(box.current?.querySelectorAll<HTMLElement>("input, [data-part=found-customer]") ?? []),
  ];
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const only = answer?.customers.length === 1 ? answer.customers[0] : null;
    if (step && !record) rows()[rows().indexOf(event.target as HTMLElement) + step]?.focus();
    else if (event.key === "Enter" && event.target === field.current && only && !record) void open(only.id);
    else if (event.key === "Escape" && !record) leave();
    else return;
    event.preventDefault();
  };

  return (
    <section class="block find" ref={box} data-part="find" aria-label={texts.find} onKeyDown={press}>
      <div class="between">
        <label for="find-customer">{texts.find}</label>
        <kbd>/</kbd>
      </div>
      <input
        id="find-customer"
        ref={field}
        type="search"
        value={typed}
        maxLength={100}
        placeholder={texts.findHint}
        autocomplete="off"
        spellcheck={false}
        aria-keyshortcuts="/ Alt+Shift+/"
        onInput={(event) => {
          setTyped((event.target as HTMLInputElement).value);
          setOpened(null);
        }}
      />
      <p role="status" class={typed && !record ? "hint" : "empty"} data-part="found-count">
        {record ? "" : said(typed, text, answer)}
      </p>
      {problem && (
        <p role="alert" class="banner bad">
          <Icon name="alert" />
          {problem}
        </p>
      )}
      {record ? (
        <Found desk={desk} view={view} record={record} onClose={close} />
      ) : (
        answer && <Rows customers={answer.customers} onOpen={(id) => void open(id)} />
      )}
    </section>
  );
}

function said(typed: string, text: string | null, answer: FoundCustomers | null): string {
  if (!text) return typed.trim() ? texts.findLeast : "";
  if (!answer) return "";
  const { customers, more } = answer;
  if (!customers.length) return texts.foundNone;
  return more ? texts.foundMore(customers.length) : texts.found(customers.length);
}

function Rows({ customers, onOpen }: { customers: FoundCustomer[]; onOpen: (id: string) => void }) {
  return (
    <ul>
      {customers.map(({ id, name, phone, email, external_id }) => (
        <li key={id}>
          <button type="button" data-part="found-customer" onClick={() => onOpen(id)}>
            <b>{name ?? texts.noName}</b>
            <small>{[phone, email, external_id].filter(Boolean).join(" · ")}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

type FoundProps = { desk: Desk; view: AgentView; record: FoundRecord; onClose: () => void };

function Found({ desk, view, record, onClose }: FoundProps) {
  const { customer, history, history_total, callback } = record;
  const [all, setAll] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const name = customer.name ?? texts.noName;
  const { engagement } = view;
  const standing = !engagement
    ? texts.lookedUp
    : engagement.customer?.id === customer.id
      ? texts.lookedUpSame
      : texts.lookedUpInCall;
  // What has become of it since is in the agent's list.
  const promised = callback && view.callbacks.find((one) => one.interaction === callback.interaction);
  return (
    <article class="found" data-part="found" aria-label={texts.lookedUpName(name)}>
      <p class="not-the-call">
        <Icon name="search" />
        <span>{standing}</span>
        <button type="button" class="btn small" onClick={onClose}>
          {texts.close}
          <kbd>Esc</kbd>
        </button>
      </p>
      <div class="person">
        <span class="avatar" aria-hidden="true">
          {customer.name ? initials(customer.name) : "?"}
        </span>
        <h3 ref={title} tabIndex={-1} data-part="found-name">
          {name}
        </h3>
      </div>
      <Facts customer={customer} phone={customer.phone} />
      {customer.notes && <p class="lasting">{customer.notes}</p>}
      {promised && (
        <ul class="callbacks">
          <CallbackLine desk={desk} callback={promised} />
        </ul>
      )}
      <div class="between">
        <h4>{texts.history}</h4>
        {history_total > LINES_AT_FIRST && !all && (
          <button
            type="button"
            class="link"
            aria-label={texts.allHistory(history_total)}
            onClick={() => setAll(true)}
          >
            {texts.allOf(history_total)}
          </button>
        )}
      </div>
      <Contacts view={view} lines={all ? history : history.slice(0, LINES_AT_FIRST)} />
    </article>
  );
}
