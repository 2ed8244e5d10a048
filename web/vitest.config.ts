import { defineConfig } from "vitest/config";

export default defineConfig({
  define: {
    __CHUNKS__: JSON.stringify({
      app: "app.js",
      page: "page.js",
      live: "live.js",
      phone: "phone.js",
      qr: "qr.js",
      share: "share.js",
    }),
  },
  test: { environment: "jsdom", include: ["test/**/*.test.ts", "test/**/*.test.tsx"], pool: "threads" },
});
