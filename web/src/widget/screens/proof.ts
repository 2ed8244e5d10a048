// A code was sent to the number: only who can read it may have that telephone rung.
import { h } from "../dom";
import { texts } from "../texts";
import { input, problemSlot } from "./fields";
import { action, type Drawn, heading, type Scene, setText } from "./parts";

export function proof(scene: Scene): Drawn {
  const { callMe } = scene.flow;
  const sent = callMe.saved?.proof;
  let code = "";
  const field = input(
    {
      part: "code",
      label: texts.proofField,
      value: "",
      fill: (value) => {
        code = value;
      },
      attributes: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "20" },
    },
    "proof",
  );
  const problem = problemSlot(scene, "proof");
  const submit = h("button", { class: "action filled", type: "submit", "data-part": "submit" });
  const form = h(
    "form",
    {
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        void callMe.confirm(code);
      },
    },
    field,
    problem.element,
    submit,
    action(texts.anotherCode, "another-code", () => void callMe.sendCode()),
  );
  return {
    body: [
      heading(texts.proofTitle),
      h("p", {}, texts.proofDetail(sent?.digits ?? 6, sent?.number ?? "")),
      form,
    ],
    back: () => callMe.back(),
    update() {
      setText(submit, callMe.busy ? texts.asking : texts.confirm);
      submit.setAttribute("aria-disabled", String(callMe.busy));
      problem.update(form);
    },
  };
}
