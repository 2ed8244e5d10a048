// For screens: the call window as it is built, but with another telephone in the place of src/phone.
// node test/scriptedCall.mjs OUT TELEPHONE.js
import { build } from "vite";

const [out, telephone] = process.argv.slice(2);
await build({
  configFile: false,
  logLevel: "error",
  publicDir: false,
  resolve: { alias: [{ find: /^\.\.\/phone$/, replacement: telephone }] },
  build: {
    outDir: out,
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: {
      transform: { define: { "import.meta": "{}" } },
      input: "src/call/index.ts",
      output: { format: "iife", entryFileNames: "call.js" },
    },
  },
});
