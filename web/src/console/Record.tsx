import { dayOrTime, initials, spoken } from "../shared/format";
import type { AgentView, Customer, Engagement, HistoryLine } from "../shared/types";
import { nameOf } from "./customer";
import { Icon } from "./icons";
import { texts } from "./texts";

type Props = { engagement: Engagement; dispositions: AgentView["dispositions"] };

export function CustomerRecord({ engagement, dispositions }: Props) {
  const { customer, candidates } = engagement;
  const stranger = !customer?.name;
  return (
    <>
      <section class="block record" data-part="record">
        <div class="person">
          <span class="avatar" aria-hidden="true">
            {customer?.name ? initials(customer.name) : "?"}
          </span>
          <span>
            <b data-part="record-name">{nameOf(engagement)}</b>
            <small>
              {stranger ? texts.newCustomer : customer?.since ? texts.since(dayAndYear(customer.since)) : ""}
            </small>
          </span>
        </div>
        <dl class="facts">
          <Fact name={texts.phone} value={customer?.phone ?? engagement.caller ?? "–"} />
          {customer?.email && <Fact name={texts.email} value={customer.email} />}
          {customer?.language && <Fact name={texts.language} value={languageName(customer.language)} />}
          {customer?.external_id && <Fact name={texts.customerId} value={customer.external_id} />}
        </dl>
        {customer?.attributes && Object.keys(customer.attributes).length > 0 && (
          <p class="tags">
            {Object.entries(customer.attributes).map(([name, value]) => (
              <span class="tag" key={name}>
                {words(name)}: {value}
              </span>
            ))}
          </p>
        )}
        {candidates.length > 0 && <Candidates customers={candidates} />}
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
      <section class="block">
        <h2>{texts.history}</h2>
        {engagement.history.length ? (
          <ul class="history">
            {engagement.history.map((line) => (
              <Past
                key={line.interaction}
                line={line}
                outcome={
                  dispositions.find((known) => known.id === line.disposition)?.name ?? line.disposition
                }
              />
            ))}
          </ul>
        ) : (
          <p class="hint">{texts.noHistory}</p>
        )}
      </section>
    </>
  );
}

function Past({ line, outcome }: { line: HistoryLine; outcome: string | null }) {
  const length = line.seconds ? `, ${spoken(line.seconds)}` : "";
  const who = line.agent ? ` · ${line.agent}` : "";
  return (
    <li>
      <Icon name="phone" />
      <span>
        <b>
          {texts.channels[line.channel] ?? line.channel}
          {length}
        </b>{" "}
        <small>
          {dayOrTime(line.at, new Date())}
          {who}
        </small>
        <br />
        {[outcome, line.note].filter(Boolean).join(". ")}
      </span>
    </li>
  );
}

function Candidates({ customers }: { customers: Customer[] }) {
  return (
    <div class="candidates">
      <p class="banner info">
        <Icon name="person" />
        {texts.severalMatch}
      </p>
      <ul>
        {customers.map((customer) => (
          <li key={customer.id}>
            {customer.name ?? customer.id} <small>{customer.email}</small>
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
