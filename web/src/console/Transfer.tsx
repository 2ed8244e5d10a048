// A customer is passed on: the panel that says to whom and how, and what becomes of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { initials } from "../shared/format";
import type { Engagement, StateName, TransferTargets } from "../shared/types";
import { Control } from "./CallControls";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { texts as states } from "./texts";
import { type Choice, canStart, choicesOf, customerOf, firstNameOf, isOnHold, standing } from "./transfer";
import { texts } from "./transferTexts";

const FRESH_EVERY = 3000;

/** The button, for the grid of the call's controls. */
export function TransferControl({
  engagement,
  open,
  onOpen,
}: {
  engagement: Engagement;
  open: boolean;
  onOpen: (open: boolean) => void;
}) {
  return (
    <Control
      part="transfer"
      icon="transfer"
      label={texts.transfer}
      shortcut="X"
      pressed={open}
      disabled={!canStart(engagement)}
      act={() => onOpen(!open)}
    />
  );
}

/** How it stands, with the way on and the way back. */
export function TransferStanding({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const told = standing(engagement);
  const held = isOnHold(engagement);
  const customer = customerOf(engagement);
  const [asked, setAsked] = useState(false);
  const { interaction, transfer } = engagement;
  useEffect(() => setAsked(false), [transfer?.state]);
  if (!told && !held) return null;
  const mayComplete = transfer?.state === "consulting" || transfer?.state === "conference";
  const ask = async (deed: () => Promise<unknown>) => {
    if (asked) return;
    setAsked(true);
    if (!(await desk.attempt(deed))) setAsked(false);
  };
  return (
    <>
      {held && transfer?.state !== "conference" && (
        <p class="standing" data-part="on-hold">
          <Icon name="pause" />
          {texts.onHold(customer)}
        </p>
      )}
      {told && (
        <p
          class={told.bad ? "banner bad" : "banner info"}
          role={told.bad ? "alert" : "status"}
          data-part="transfer-standing"
        >
          <Icon name={told.bad ? "alert" : "transfer"} />
          <span>{told.words}</span>
        </p>
      )}
      {held && (
        <>
          <button
            type="button"
            class="btn tall"
            data-part="take-back"
            aria-disabled={asked}
            onClick={() => void ask(() => desk.api.takeBack(interaction))}
          >
            <Icon name="back" />
            {texts.takeBack(customer)}
          </button>
          {transfer?.state === "consulting" && (
            <button
              type="button"
              class="btn"
              data-part="add"
              aria-disabled={asked}
              onClick={() => void ask(() => desk.api.addToCall(interaction))}
            >
              <Icon name="plus" />
              {texts.add(customer)}
            </button>
          )}
          {transfer?.state !== "alone" && (
            <button
              type="button"
              class="btn primary"
              data-part="complete"
              aria-disabled={asked || !mayComplete}
              onClick={() => mayComplete && void ask(() => desk.api.completeTransfer(interaction))}
            >
              <Icon name="check" />
              {transfer?.state === "conference" ? texts.leave : texts.complete}
            </button>
          )}
        </>
      )}
    </>
  );
}

export function TransferPanel({
  desk,
  engagement,
  onClose,
}: {
  desk: Desk;
  engagement: Engagement;
  onClose: () => void;
}) {
  const [first, setFirst] = useState(true);
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<TransferTargets | null>(null);
  const [chosen, setChosen] = useState("");
  const [withPage, setWithPage] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const latest = useRef(0);

  useEffect(() => search.current?.focus(), []);
  useEffect(() => {
    const look = async () => {
      latest.current += 1;
      const mine = latest.current;
      const refused = await desk.refused(async () => {
        const targets = await desk.api.transferTargets(typed.trim());
        if (mine === latest.current) setFound(targets);
      });
      if (refused && mine === latest.current) setProblem(desk.words(refused));
    };
    const soon = setTimeout(() => void look(), found ? 250 : 0);
    const again = setInterval(() => void look(), FRESH_EVERY);
    return () => {
      clearTimeout(soon);
      clearInterval(again);
      latest.current += 1;
    };
  }, [typed]);

  const choices = choicesOf(found, typed);
  const choice = choices.find((one) => one.key === chosen) ?? null;
  const send = async (event: Event) => {
    event.preventDefault();
    if (sending) return;
    if (!choice) return setProblem(texts.chooseFirst);
    setSending(true);
    // Who holds the line themselves would not hear whom they call.
    if (desk.telephone.state.name === "held") await desk.telephone.hold();
    const refused = await desk.refused(() =>
      desk.api.transfer(engagement.interaction, first ? "attended" : "blind", choice.to, withPage),
    );
    setSending(false);
    if (!refused) return onClose();
    setProblem(refused.code === "agent_not_free" ? refused.message : desk.words(refused));
  };
  return (
    <form
      class="transfer"
      data-part="transfer-panel"
      aria-label={texts.panel}
      onSubmit={(event) => void send(event)}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
      noValidate
    >
      <div class="between">
        <h2>{texts.transfer}</h2>
        <button type="button" class="btn small quiet" onClick={onClose}>
          {states.cancel}
        </button>
      </div>
      <fieldset class="halves" aria-label={texts.how}>
        <Half name={texts.talkFirst} chosen={first} onChoose={() => setFirst(true)} />
        <Half name={texts.sendNow} chosen={!first} onChoose={() => setFirst(false)} />
      </fieldset>
      <input
        ref={search}
        type="search"
        aria-label={texts.search}
        placeholder={texts.search}
        value={typed}
        autocomplete="off"
        onInput={(event) => {
          setTyped((event.target as HTMLInputElement).value);
          setProblem(null);
        }}
      />
      <fieldset class="targets" aria-label={texts.targets} data-part="targets">
        {choices.map((one) => (
          <Row
            key={one.key}
            choice={one}
            chosen={one.key === chosen}
            onChoose={() => {
              setChosen(one.key);
              setProblem(null);
            }}
          />
        ))}
        {found && !choices.length && <p class="hint">{texts.nobody}</p>}
      </fieldset>
      <label class="tick">
        <input type="checkbox" checked={withPage} onChange={() => setWithPage(!withPage)} />
        {texts.sendPage}
      </label>
      <p role="alert" class={problem ? "banner bad" : "empty"} data-part="transfer-problem">
        {problem && <Icon name="alert" />}
        {problem}
      </p>
      <button type="submit" class="btn primary" data-part="pass-on" aria-disabled={sending || !choice}>
        <Icon name={first ? "phone" : "transfer"} />
        {words(first, choice)}
      </button>
    </form>
  );
}

function words(first: boolean, choice: Choice | null): string {
  if (!choice) return first ? texts.talkFirst : texts.sendNow;
  return first ? texts.callFirst(firstNameOf(choice)) : texts.sendTo(firstNameOf(choice));
}

function Half({ name, chosen, onChoose }: { name: string; chosen: boolean; onChoose: () => void }) {
  return (
    <label class={chosen ? "half chosen" : "half"}>
      <input type="radio" name="how" checked={chosen} onChange={onChoose} />
      {name}
    </label>
  );
}

function Row({ choice, chosen, onChoose }: { choice: Choice; chosen: boolean; onChoose: () => void }) {
  return (
    <label class={chosen ? "target chosen" : "target"}>
      <input type="radio" name="target" value={choice.key} checked={chosen} onChange={onChoose} />
      <span class="avatar" aria-hidden="true">
        {choice.state ? initials(choice.name) : <Icon name="phone" />}
      </span>
      <span class="whom">
        <b>{choice.name}</b>
        <small>{choice.detail}</small>
      </span>
      {choice.state && (
        <span class={`pill ${choice.state}`}>{states.states[choice.state as StateName] ?? choice.state}</span>
      )}
    </label>
  );
}
