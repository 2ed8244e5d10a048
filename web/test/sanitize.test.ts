import { expect, test } from "vitest";
import { clear, draw } from "../src/console/frame";
import { cleanCss, sanitize } from "../src/console/sanitize";
import type { SnapshotNode } from "../src/shared/types";

let id = 0;
function element(
  tagName: string,
  attributes: SnapshotNode["attributes"] = {},
  ...childNodes: SnapshotNode[]
): SnapshotNode {
  id += 1;
  return { type: 2, id, tagName, attributes, childNodes };
}
const words = (textContent: string): SnapshotNode => ({ type: 3, id: 0, textContent });
const page = (...body: SnapshotNode[]): SnapshotNode => ({
  type: 0,
  id: 1,
  childNodes: [element("html", {}, element("head"), element("body", {}, ...body))],
});

function drawn(...body: SnapshotNode[]): string {
  const clean = sanitize(page(...body));
  const fresh = document.implementation.createHTMLDocument();
  if (clean) draw(fresh, clean, "Hidden");
  return fresh.body.outerHTML;
}

test.each([
  ["script", element("script", {}, words("evil()"))],
  ["iframe", element("iframe", { src: "https://evil.example" })],
  ["object", element("object", { data: "https://evil.example" })],
  ["meta refresh", element("meta", { "http-equiv": "refresh", content: "0;url=https://evil.example" })],
  ["base", element("base", { href: "https://evil.example" })],
  ["handler", element("img", { onerror: "evil()", src: "https://evil.example/x.png" })],
  ["handler in capitals", element("p", { ONCLICK: "evil()" })],
  ["javascript link", element("a", { href: "javascript:evil()" }, words("x"))],
  ["javascript link, obscured", element("a", { title: " java\nscript:evil()" }, words("x"))],
  [
    "form",
    element(
      "form",
      { action: "https://evil.example" },
      element("button", { formaction: "javascript:evil()" }),
    ),
  ],
  [
    "svg animation",
    element("svg", {}, element("animate", { attributeName: "href", to: "javascript:evil()" })),
  ],
  ["svg use", element("use", { href: "https://evil.example/x.svg#a" })],
  ["svg picture from elsewhere", element("img", { src: "http://evil.example/a.svg" })],
  ["srcset", element("img", { srcset: "https://evil.example/a.png 2x" })],
  ["video", element("video", { src: "https://evil.example/a.mp4", poster: "https://evil.example/a.png" })],
  ["style attribute", element("p", { style: "background:url(https://evil.example/a.png)" })],
  ["style attribute, escaped", element("p", { style: "background:\\75 rl(https://evil.example/a.png)" })],
  ["style, open end", element("p", { style: "background:url(https://evil.example/a.png" })],
  ["image-set", element("p", { style: "background:image-set('https://evil.example/a.png' 1x)" })],
  ["import", element("style", { _cssText: "@import 'https://evil.example/a.css'; p{}" })],
  ["import without an end", element("style", {}, words("@import url(https://evil.example/a.css)"))],
  ["link", element("link", { rel: "stylesheet", href: "https://evil.example/a.css" })],
  ["picture data that is a page", element("img", { rr_dataURL: "data:text/html,<script>evil()</script>" })],
  ["srcdoc", element("div", { srcdoc: "<script>evil()</script>" })],
  ["a strange tag", element("x:script", {}, words("evil()"))],
])("%s is taken out", (_name, node) => {
  const html = drawn(node);
  expect(html).not.toMatch(
    /<script|<iframe|<object|<base|<meta|<link|javascript:|onerror|onclick|srcdoc|evil\.example|url\(/i,
  );
});

test("what is harmless is drawn", () => {
  const html = drawn(
    element("h1", { class: "big" }, words("Basket")),
    element("img", { rr_dataURL: "data:image/webp;base64,AAAA", alt: "Lamp" }),
    element("input", { value: "ALDER10", type: "text" }),
    element("p", { style: "background:url(data:image/png;base64,AAAA)" }),
  );
  expect(html).toContain('<h1 class="big">Basket</h1>');
  expect(html).toContain('src="data:image/webp;base64,AAAA"');
  expect(html).toContain("data:image/png;base64,AAAA");
});

test("hidden fields say so, and nothing else", () => {
  const clean = sanitize(
    page(element("input", { name: "pin", value: "••••••", "data-ctiapp-hidden": "field" })),
  );
  const fresh = document.implementation.createHTMLDocument();
  if (clean) draw(fresh, clean, "Hidden");
  expect(fresh.querySelector("input")?.value).toBe("Hidden");
});

test("a page nested without end, or of endless nodes, is cut", () => {
  let deep = element("div");
  for (let at = 0; at < 3000; at += 1) deep = element("div", {}, deep);
  expect(sanitize(page(deep))).not.toBeNull();
  const wide = Array.from({ length: 80_000 }, () => element("i"));
  expect(JSON.stringify(sanitize(page(...wide))).split('"i"').length).toBeLessThan(61_000);
});

test("blank is blank", () => {
  const fresh = document.implementation.createHTMLDocument("old");
  fresh.body.innerHTML = "<p>the customer before</p>";
  clear(fresh);
  expect(fresh.documentElement.outerHTML).toBe("<html><head></head><body></body></html>");
});

test("class names with escapes survive", () => {
  expect(cleanCss(".md\\:flex{color:red}")).toBe(".md\\:flex{color:red}");
  expect(cleanCss("a{background:url(data:font/woff2;base64,AA)}")).toContain("data:font");
});
