// Every kind of secret is typed into a page, and the bytes that would leave the browser are searched for it.
import { beforeEach, describe, expect, test } from "vitest";
import { cleanUrl, fitting, takePage } from "../src/page";
import { rememberPasswords } from "../src/page/remember";
import type { SnapshotNode } from "../src/shared/types";

const CARD = "4242 4242 4242 4242";

function taken(body: string, before: (document: Document) => void = () => {}) {
  document.body.innerHTML = body;
  const passwords = rememberPasswords(document);
  before(document);
  const page = takePage(document, passwords, true);
  return { page, bytes: JSON.stringify(page) };
}

function fill(selector: string, value: string): void {
  const field = document.querySelector<HTMLInputElement>(selector);
  if (!field) throw new Error(selector);
  field.value = value;
}

function nodes(root: SnapshotNode | null): SnapshotNode[] {
  return root ? [root, ...(root.childNodes ?? []).flatMap(nodes)] : [];
}

function attributesOf(root: SnapshotNode | null, name: string): NonNullable<SnapshotNode["attributes"]> {
  return nodes(root).find((node) => node.attributes?.name === name)?.attributes ?? {};
}

beforeEach(() => {
  document.head.innerHTML = "";
  document.body.innerHTML = "";
  // A shop that allows everything: what is hidden all the same is what this is about.
  document.body.setAttribute("data-ctiapp-show", "");
  document.title = "Checkout";
});

describe("a field that is secret by what it is", () => {
  const SECRET = "zq81-Secret";
  test.each([
    ['<input id="f" type="password">'],
    ['<input id="f" type="PASSWORD">'],
    ['<input id="f" autocomplete="cc-number">'],
    ['<input id="f" autocomplete="section-a billing cc-csc">'],
    ['<input id="f" autocomplete="cc-exp">'],
    ['<input id="f" autocomplete="one-time-code">'],
    ['<input id="f" autocomplete="new-password">'],
    ['<input id="f" autocomplete="current-password">'],
    ['<input id="f" name="cardNumber">'],
    ['<input id="f" name="card_number">'],
    ['<input id="f" name="payment[card-number]">'],
    ['<input id="f" name="cardnumber">'],
    ['<input id="f" name="ccnum">'],
    ['<input id="f" name="cvc">'],
    ['<input id="f" name="cvv2">'],
    ['<input id="f" name="securityCode">'],
    ['<input id="f" name="expiry">'],
    ['<input id="f" name="exp-month">'],
    ['<input id="f" placeholder="MM/YY">'],
    ['<input id="f" placeholder="1234 1234 1234 1234">'],
    ['<input id="f" name="iban">'],
    ['<input id="f" name="ssn">'],
    ['<input id="f" name="sortCode">'],
    ['<input id="f" name="account_number">'],
    ['<input id="f" aria-label="Bank account">'],
    ['<input id="f" name="pin">'],
    ['<input id="f" name="passcode">'],
    ['<input id="f" name="otp">'],
    ['<label for="f">Security code</label><input id="f" name="x1">'],
    ['<label>Social security number <input id="f" name="x2"></label>'],
    ['<p id="l">Card no.</p><input id="f" name="x3" aria-labelledby="l">'],
    ['<input id="f" name="ordinary" data-ctiapp-private>'],
    ['<div data-ctiapp-private><p><input id="f" name="ordinary"></p></div>'],
    ['<textarea id="f" data-ctiapp-private></textarea>'],
    ['<textarea id="f" name="secret"></textarea>'],
    ['<input id="f" type="hidden" name="anything">'],
  ])("%s", (body) => {
    const { bytes } = taken(body, () => fill("#f", SECRET));
    expect(bytes).not.toContain(SECRET);
    expect(bytes).not.toContain("Secret");
  });

  test("its value attribute is as secret as its value", () => {
    const { bytes } = taken(`<input name="cvc" value="${SECRET}" data-was="${SECRET}">`, () =>
      fill("[name=cvc]", "other-9"),
    );
    expect(bytes).not.toContain(SECRET);
    expect(bytes).not.toContain("other-9");
  });

  test("a password stays hidden after it was shown", async () => {
    document.body.innerHTML = '<input name="x9" type="password">';
    const passwords = rememberPasswords(document);
    const field = document.querySelector<HTMLInputElement>("input");
    if (!field) throw new Error("no field");
    field.type = "text";
    field.value = SECRET;
    expect(JSON.stringify(takePage(document, passwords, true))).not.toContain(SECRET);
  });

  test("a password field that came later and was shown is remembered too", async () => {
    document.body.innerHTML = "";
    const passwords = rememberPasswords(document);
    document.body.innerHTML = '<p><input name="x9" type="password"></p>';
    await new Promise((done) => setTimeout(done, 0));
    const field = document.querySelector<HTMLInputElement>("input");
    if (!field) throw new Error("no field");
    field.type = "text";
    field.value = SECRET;
    expect(JSON.stringify(takePage(document, passwords, true))).not.toContain(SECRET);
  });

  test("the chosen option of a secret select is not told", () => {
    const { page, bytes } = taken(
      '<select name="exp_month"><option>01</option><option selected>07</option></select>',
    );
    expect(bytes).not.toContain('"selected"');
    expect(page.hidden_fields).toBe(1);
  });

  test("how long it is, and whether it is filled in, is not told", () => {
    const short = taken('<input name="pin">', () => fill("input", "1")).page.snapshot;
    const long = taken('<input name="pin">', () => fill("input", "1".repeat(60))).page.snapshot;
    const empty = taken('<input name="pin">').page.snapshot;
    const values = [short, long, empty].map((root) => attributesOf(root, "pin").value);
    expect(new Set(values).size).toBe(1);
    expect(attributesOf(empty, "pin")["data-ctiapp-hidden"]).toBe("field");
  });
});

describe("a field that is secret by what is in it", () => {
  test.each([
    ["4242424242424242"],
    ["4242 4242 4242 4242"],
    ["4242-4242-4242-4242"],
    ["3782 822463 10005"],
    ["6304 0000 0000 0000 000"],
    ["my card is 4242 4242 4242 4242, thanks"],
    ["４２４２ ４２４２ ４２４２ ４２４２"],
    ["GB33BUKB20201555555555"],
    ["GB33 BUKB 2020 1555 5555 55"],
  ])("%s", (value) => {
    for (const body of [
      '<input id="f" name="remarks">',
      '<input id="f" type="tel">',
      '<textarea id="f"></textarea>',
    ]) {
      const { page, bytes } = taken(body, () => fill("#f", value));
      expect(bytes).not.toContain(value);
      expect(bytes).not.toMatch(/4242 ?-?4242|822463|2020 ?1555|４２４２/);
      expect(page.hidden_fields).toBe(1);
    }
  });

  test("a card number over four boxes", () => {
    const { page } = taken(
      "<form><input id=a><input id=b><input id=c><input id=d><input id=e></form>",
      () => {
        for (const id of ["a", "b", "c", "d"]) fill(`#${id}`, "4242");
        fill("#e", "12");
      },
    );
    expect(JSON.stringify(page)).not.toContain("4242");
    expect(JSON.stringify(page)).toContain('"12"');
    expect(page.hidden_fields).toBe(4);
  });

  test("a card number in running text, also over several elements", () => {
    const { bytes } = taken(
      `<p>Pay with ${CARD} now</p><p><span>3782</span> <span>822463</span> <b>10005</b></p><p title="${CARD}">x</p>`,
    );
    expect(bytes).not.toContain("4242");
    expect(bytes).not.toContain("822463");
    expect(bytes).toContain("Pay with ");
    expect(bytes).toContain(" now");
  });

  test("a card number in an editable element", () => {
    const { bytes } = taken(`<div contenteditable="true">to ${CARD}</div>`);
    expect(bytes).not.toContain("4242");
  });

  test("what a page repeats of a hidden field elsewhere is hidden there", () => {
    const { bytes } = taken(
      '<input name="password" type="password"><p id="echo"></p><i title="Tr0ub4dor&3x"></i>',
      (document) => {
        fill("input", "Tr0ub4dor&3x");
        const echo = document.getElementById("echo");
        if (echo) echo.textContent = "You chose Tr0ub4dor&3x.";
      },
    );
    expect(bytes).not.toContain("Tr0ub4dor");
  });
});

describe("what the shop did not allow", () => {
  const FIELDS =
    '<input name="town"><textarea name="remarks"></textarea><div contenteditable="">typed-5</div>' +
    '<select name="delivery"><option>one-5</option><option selected>two-5</option></select>' +
    '<input type="checkbox" name="gift" checked><input type="radio" name="way" value="a" checked><canvas></canvas>' +
    '<input type="submit" value="Go on"><my-field value="typed-6" aria-valuetext="typed-7"></my-field>';
  const typeIn = () => {
    fill("[name=town]", "typed-1");
    fill("[name=remarks]", "typed-2");
  };
  const told = (prepare: () => void = () => {}, body = FIELDS) => {
    document.body.removeAttribute("data-ctiapp-show");
    prepare();
    return taken(body, typeIn);
  };

  test("is hidden, whatever it is called, and not how long it is", () => {
    const { page, bytes } = told();
    expect(bytes).not.toMatch(/typed-|one-5|two-5|"checked"/);
    expect(bytes).toContain("Go on");
    expect(page.hidden_fields).toBe(7);
  });

  test("is shown where it, or what is around it, is marked", () => {
    expect(told(() => {}, `<form data-ctiapp-show>${FIELDS}</form>`).page.hidden_fields).toBe(0);
    const one = told(() => {}, FIELDS.replace('name="town"', 'name="town" data-ctiapp-show'));
    expect(one.bytes).toContain("typed-1");
    expect(one.bytes).not.toContain("typed-2");
    const but = told(
      () => {},
      `<form data-ctiapp-show>${FIELDS.replace("<textarea", "<textarea data-ctiapp-show=no")}`,
    );
    expect(but.bytes).toContain("typed-1");
    expect(but.bytes).not.toContain("typed-2");
  });

  test("is shown where the script tag says so", () => {
    const tag = (selector: string) => () => {
      document.head.innerHTML = `<script data-site="larkmoor" type="x" data-show="${selector}"></script>`;
    };
    const { bytes } = told(tag("[name=town], [name=delivery]"));
    expect(bytes).toContain("typed-1");
    expect(bytes).toContain("two-5");
    expect(bytes).not.toContain("typed-2");
    expect(told(tag("[name=")).bytes).not.toContain("typed-1");
  });

  test("but what is secret stays hidden where all is allowed", () => {
    expect(
      told(() => {}, `<form data-ctiapp-show><input name="cvc" value="739-x"></form>${FIELDS}`).bytes,
    ).not.toContain("739-x");
  });
});

describe("a number that is still being typed", () => {
  test.each([
    ["4929 1397 4655 201", "its check digit is missing"],
    ["4929139", "half a card number"],
    ["GB33 BUKB 2020 1555 5555 5", "an IBAN without its last digit"],
  ])("%s: %s", (value) => {
    const { bytes } = taken('<input id="f" name="remarks">', () => {
      fill("#f", value);
      document.querySelector<HTMLInputElement>("#f")?.focus();
    });
    for (const part of [value, value.replace(/ /g, ""), "4929139", "2020 1555"])
      expect(bytes).not.toContain(part);
  });

  test("a telephone number is told when they have gone on, what may be a card number is not", () => {
    const later = (value: string) => taken('<input id="f" name="remarks">', () => fill("#f", value)).bytes;
    expect(later("+44 7700 900142")).toContain("900142");
    expect(later("4929 1397 4655 2010")).not.toContain("4655");
  });
});

describe("what was typed is not told by another part of the page", () => {
  test("however it is written there", () => {
    const { bytes } = taken('<input name="password" type="password"><p id="echo"></p>', (document) => {
      fill("input", "my pass & Word-9");
      const echo = document.getElementById("echo");
      if (!echo) throw new Error("no echo");
      echo.textContent = "my pass & Word-9";
      echo.title = encodeURIComponent("my pass & Word-9");
      echo.dataset.plain = "mypass&Word9";
    });
    expect(bytes).not.toMatch(/Word-?9/);
  });
});

describe("what the shop marked private", () => {
  test("text, attributes and pictures inside are left out", () => {
    const { page, bytes } = taken(
      '<section data-ctiapp-private class="box" data-balance="1204"><p>Balance £1,204</p><img alt="scan"></section><p>open</p>',
    );
    for (const secret of ["1,204", "1204", "scan"]) expect(bytes).not.toContain(secret);
    expect(bytes).toContain('"open"');
    expect(bytes).toContain('"box"');
    expect(page.hidden_fields).toBe(1);
  });

  test("inside a shadow root too", () => {
    const { bytes } = taken('<div id="host" data-ctiapp-private></div><div id="free"></div>', (document) => {
      for (const [id, text] of [
        ["host", "closed away"],
        ["free", "to be seen"],
      ]) {
        const root = document.getElementById(id ?? "")?.attachShadow({ mode: "open" });
        if (root) root.innerHTML = `<p>${text}</p><input name="cvc" value="739-x">`;
      }
    });
    expect(bytes).not.toContain("closed away");
    expect(bytes).not.toContain("739-x");
    expect(bytes).toContain("to be seen");
  });
});

describe("what the agent does see", () => {
  test("fields as typed, boxes as ticked, choices as chosen", () => {
    const { page } = taken(
      '<input name="town" value="before"><input type="checkbox" name="gift"><input type="radio" name="way" value="a" checked>' +
        '<input type="radio" name="way2" value="b"><textarea name="remarks">old</textarea>' +
        '<select name="delivery"><option value="x" selected>X</option><option value="y">Y</option></select>',
      (document) => {
        fill("[name=town]", "Larkmoor");
        fill("[name=remarks]", "narrow lift");
        fill("[name=delivery]", "y");
        const gift = document.querySelector<HTMLInputElement>("[name=gift]");
        if (gift) gift.checked = true;
      },
    );
    expect(attributesOf(page.snapshot, "town").value).toBe("Larkmoor");
    expect(attributesOf(page.snapshot, "gift").checked).toBe(true);
    expect(attributesOf(page.snapshot, "way").checked).toBe(true);
    expect(attributesOf(page.snapshot, "way2").checked).toBeUndefined();
    expect(attributesOf(page.snapshot, "remarks").value).toBe("narrow lift");
    const options = nodes(page.snapshot).filter((node) => node.tagName === "option");
    expect(options.map((option) => option.attributes?.selected ?? false)).toEqual([false, true]);
    expect(page.hidden_fields).toBe(0);
  });

  test("a cleared field is empty, not what it began with", () => {
    const { page } = taken('<input name="town" value="before">', () => fill("input", ""));
    expect(attributesOf(page.snapshot, "town").value).toBe("");
  });

  test.each([
    "promotion",
    "postcode",
    "phone",
    "email",
    "order number",
    "quantity",
    "company",
    "shipping",
    "discount code",
  ])("an ordinary field: %s", (name) => {
    const { page } = taken(`<input name="${name}">`, () => fill("input", "07700 900142"));
    expect(page.hidden_fields).toBe(0);
  });

  test("no scripts, comments, noscript, handlers, tokens in meta tags, nor the widget itself", () => {
    document.head.innerHTML = '<meta name="csrf-token" content="tok-11"><meta charset="utf-8">';
    const { bytes } = taken(
      "<script>var s='in-script'</script><noscript>in-noscript</noscript><!-- in-comment -->" +
        "<ctiapp-button>in-button</ctiapp-button><p onclick=\"f('in-handler')\">text</p>",
    );
    for (const word of ["in-script", "in-noscript", "in-comment", "in-button", "in-handler", "tok-11"]) {
      expect(bytes).not.toContain(word);
    }
    expect(bytes).toContain('"text"');
  });

  test("style sheets come along", () => {
    document.head.innerHTML = "<style>p { color: teal }</style>";
    expect(taken("<p>x</p>").bytes).toContain("teal");
  });

  test("without consent only the address and the title", () => {
    document.body.innerHTML = "<p>private matters</p>";
    const page = takePage(document, rememberPasswords(document), false);
    expect(page.snapshot).toBeNull();
    expect(page.title).toBe("Checkout");
    expect(JSON.stringify(page)).not.toContain("private matters");
  });
});

describe("addresses", () => {
  test("a login and secret parameters are taken out", () => {
    expect(cleanUrl("https://a:b@shop.example/x?token=abc&page=2")).toBe(
      "https://shop.example/x?token=hidden&page=2",
    );
    expect(cleanUrl("https://shop.example/x#access_token=abc")).toBe("https://shop.example/x");
    expect(cleanUrl("not an address")).toBe("");
  });

  test("links on the page too", () => {
    const { bytes } = taken('<a href="/reset?code=s3cr3t-9&lang=en">reset</a>');
    expect(bytes).not.toContain("s3cr3t-9");
  });
});

describe("a page that is too large", () => {
  const page = (text: string, picture: string): SnapshotNode => ({
    type: 0,
    id: 1,
    childNodes: [
      { type: 2, id: 2, tagName: "img", attributes: { rr_dataURL: picture, alt: text }, childNodes: [] },
    ],
  });

  test("loses its pictures first, then is not sent", () => {
    expect(JSON.stringify(fitting(page("words", `data:image/png;base64,${"A".repeat(900)}`), 500))).toContain(
      "words",
    );
    expect(fitting(page("w".repeat(900), ""), 500)).toBeNull();
  });
});
