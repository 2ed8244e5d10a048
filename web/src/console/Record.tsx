import { useRef, useState } from "preact/hooks";
import { dayOrTime, initials, spoken } from "../shared/format";
import type { AgentView, Customer, Engagement, HistoryLine } from "../shared/types";
import { afterPaint } from "./clocks";
import { nameOf } from "./customer";
import type { Desk } from "./desk";
import { EditRecord } from "./EditRecord";
import { Icon, type IconName } from "./icons";
import { texts } from "./texts";

type Props = { desk: Desk; view: AgentView; engagement: Engagement };

export function CustomerRecord({ desk, view, engagement }: Props) {
  const { customer, candidates } = engagement;
  const stranger = !customer?.name;
  const [editing, setEditing] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const done = () => {
    setEditing(false);
    afterPaint(() => document.activeElement === document.body && edit.current?.focus());
  };
  // Who is not known yet is written down at once; one of several is chosen first.
  const form = editing || (stranger && !candidates.length);
  return (
    <>
      <section class="block record" data-part="record">
        <div class="person">
          <span class="avatar" aria-hidden="true">
            {customer?.name ? initials(customer.name) : "?"}
          </span>
          <span class="grow">
            <b data-part="record-name">{nameOf(engagement)}</b>
            <small>
              {stranger ? texts.newCustomer : customer?.since ? texts.since(dayAndYear(customer.since)) : ""}
            </small>
          </span>
          {!form && (
            <button
              ref={edit}
              type="button"
              class="btn small"
              aria-label={texts.editRecord}
              data-part="edit"
              onClick={() => setEditing(true)}
            >
              {texts.edit}
            </button>
          )}
        </div>
        {form ? (
          <EditRecord
            key={customer?.id ?? "stranger"}
            desk={desk}
            engagement={engagement}
            onDone={editing ? done : null}
          />
        ) : (
          <Facts customer={customer} phone={customer?.phone ?? engagement.caller} />
        )}
        {candidates.length > 0 && (
          <Candidates desk={desk} interaction={engagement.interaction} customers={candidates} />
        )}
      </section>
      {engagement.why.length > 0 && (
        <section class="block">
          <h2>{texts.whyYou}</h2>
          <ul class="lines">
            {engagement.why.map((line) => (
              <li key={line.rule + line.text}>
                <Icon name="check" />
                <span>{line.text}</span>
                <small>{texts.whyRules[line.rule] ?? line.rule}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      <History desk={desk} view={view} engagement={engagement} />
    </>
  );
}

export function Facts({ customer, phone }: { customer: Customer | null; phone: string | null }) {
  const attributes = Object.entries(customer?.attributes ?? {});
  return (
    <>
      <dl class="facts">
        <Fact name={texts.phone} value={phone ?? "–"} />
        {customer?.email && <Fact name={texts.email} value={customer.email} />}
        {customer?.language && <Fact name={texts.language} value={languageName(customer.language)} />}
        {customer?.external_id && <Fact name={texts.customerId} value={customer.external_id} />}
      </dl>
      {attributes.length > 0 && (
        <p class="tags">
          {attributes.map(([name, value]) => (
            <span class="tag" key={name}>
              {value ? `${words(name)}: ${value}` : words(name)}
            </span>
          ))}
        </p>
      )}
    </>
  );
}

/** The last contacts, and all of them when asked. */
function History({ desk, view, engagement }: Props) {
  const { history, history_total, interaction } = engagement;
  const [all, setAll] = useState<HistoryLine[] | null>(null);
  const lines = all ?? history;
  const showAll = () =>
    desk.attempt(async () => {
      setAll((await desk.api.history(interaction)).history);
    });
  return (
    <section class="block">
      <div class="between">
        <h2>{texts.history}</h2>
        {history_total > history.length && !all && (
          <button
            type="button"
            class="link"
            aria-label={texts.allHistory(history_total)}
            data-part="all-history"
            onClick={() => void showAll()}
          >
            {texts.allOf(history_total)}
          </button>
        )}
      </div>
      <Contacts view={view} lines={lines} />
    </section>
  );
}

export function Contacts({ view, lines }: { view: AgentView; lines: HistoryLine[] }) {
  if (!lines.length) return <p class="hint">{texts.noHistory}</p>;
  const outcome = (id: string | null) =>
    id === "not_recorded"
      ? texts.notRecorded
      : (view.dispositions.find((known) => known.id === id)?.name ?? id);
  return (
    <ul class="history">
      {lines.map((line) => (
        <Past
          key={line.interaction}
          line={line}
          who={line.agent === view.agent.name ? texts.you : line.agent}
          outcome={outcome(line.disposition)}
        />
      ))}
    </ul>
  );
}

const CHANNEL: Record<string, IconName> = { call_us: "page", call_me: "callback", ordinary: "phone" };

function Past({ line, who, outcome }: { line: HistoryLine; who: string | null; outcome: string | null }) {
  const length = line.seconds ? `, ${spoken(line.seconds)}` : "";
  return (
    <li>
      <Icon name={CHANNEL[line.channel] ?? "phone"} />
      <span>
        <b>
          {texts.channels[line.channel] ?? line.channel}
          {length}
        </b>{" "}
        <small>
          {dayOrTime(line.at, new Date())}
          {who ? ` · ${who}` : ""}
        </small>
        <br />
        {[outcome, line.note].filter(Boolean).join(". ")}
      </span>
    </li>
  );
}

function Candidates({
  desk,
  interaction,
  customers,
}: {
  desk: Desk;
  interaction: string;
  customers: Customer[];
}) {
  return (
    <div class="candidates">
      <p class="banner info">
        <Icon name="person" />
        {texts.severalMatch}
      </p>
      <ul>
        {customers.map((customer) => (
          <li key={customer.id} class="row">
            <span class="grow">
              {customer.name ?? customer.id} <small>{customer.email}</small>
            </span>
            <button
              type="button"
              class="btn small"
              data-part="choose-customer"
              aria-label={`${texts.chooseCustomer}: ${customer.name ?? customer.id}`}
              onClick={() => void desk.attempt(() => desk.api.chooseCustomer(interaction, customer.id))}
            >
              {texts.chooseCustomer}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** "tradePrice" and "trade_price" → "Trade price". */
function words(name: string): string {
  const plain = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function dayAndYear(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString("en-GB", { month: "short", year: "numeric" });
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
