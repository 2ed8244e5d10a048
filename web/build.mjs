// Four builds: the chunks the widget loads when someone wants to talk (hashed), the widget itself (one classic script with a
// stable name that knows the chunks' names), the agent's console (stable names, no inline code or style), and
// the window that holds a customer's telephone.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const common = { configFile: false, logLevel: "warn", publicDir: false };
// A classic script has no import.meta; the code that would read it is never reached.
const classic = { transform: { define: { "import.meta": "{}" } } };
const target = ["chrome100", "firefox101", "safari16.4"];

/**
 * rrweb 2.2.2 is changed in two places. It compares style attributes in a document of its own making, which has the shop's
 * Content-Security-Policy: each change of a style would be reported to the shop as a violation; we read styles ourselves
 * (src/live/recorder.ts). And it looks for two methods among the properties, takes their absence for tampering, and builds
 * two frames in the shop's page to get clean ones: half of what the recorder cost when it began.
 */
const STYLE_DIFFS = 'if (attributeName === "style") {\n\t\t\t\t\t\tif (!this.unattachedDoc)';
const METHODS = '"shadowRoot",\n\t\t"querySelector",\n\t\t"querySelectorAll"';
const changedRrweb = {
  name: "changed-rrweb",
  transform(code, id) {
    if (!/\/rrweb(-snapshot)?\/dist\/rrweb(-snapshot)?\.js$/.test(id)) return null;
    const recorder = id.endsWith("/rrweb.js");
    if (!code.includes(METHODS) || (recorder && code.split(STYLE_DIFFS).length !== 2))
      throw new Error("rrweb is not the version that this was written for");
    const changed = code
      .replaceAll(METHODS, '"shadowRoot"')
      .replace(STYLE_DIFFS, "if (false) { if (!this.unattachedDoc)");
    return { code: changed, map: null };
  },
};

rmSync("dist", { recursive: true, force: true });

const chunks = await build({
  ...common,
  plugins: [changedRrweb],
  build: {
    target,
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: {
      input: {
        app: "src/widget/app.ts",
        page: "src/page/index.ts",
        live: "src/widget/live.ts",
        phone: "src/phone/index.ts",
        qr: "src/widget/qr.ts",
        share: "src/live/index.ts",
      },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "assets/[name]-[hash].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
});
const names = Object.fromEntries(
  chunks.output.filter((file) => file.isEntry).map((file) => [file.name, file.fileName]),
);

await build({
  ...common,
  define: { __CHUNKS__: JSON.stringify(names) },
  build: {
    target,
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: {
      ...classic,
      input: "src/widget/index.ts",
      output: { format: "iife", entryFileNames: "widget.js" },
    },
  },
});

await build({
  ...common,
  base: "/console/",
  define: { __CHUNKS__: JSON.stringify(names) },
  build: {
    target,
    outDir: "dist/console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: {
      ...classic,
      input: "src/console/main.tsx",
      output: {
        format: "iife",
        entryFileNames: "console.js",
        assetFileNames: (asset) =>
          asset.names?.some((name) => name.endsWith(".css"))
            ? "console.css"
            : "assets/[name]-[hash][extname]",
      },
    },
  },
});

await build({
  ...common,
  build: {
    target,
    outDir: "dist/call",
    emptyOutDir: true,
    modulePreload: false,
    rollupOptions: {
      ...classic,
      input: "src/call/index.ts",
      output: { format: "iife", entryFileNames: "call.js" },
    },
  },
});

for (const file of [
  "widget.js",
  ...Object.values(names),
  "console/console.js",
  "console/console.css",
  "call/call.js",
]) {
  const bytes = readFileSync(`dist/${file}`);
  console.log(`${file}: ${(gzipSync(bytes, { level: 9 }).length / 1000).toFixed(1)} kB gzipped`);
}
