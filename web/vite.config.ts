/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The server puts a nonce of each response in the place of this word.
  html: { cspNonce: "GATEHOUSE_NONCE" },
  build: {
    target: "es2022",
    // dist/.keep is committed, so that Go builds without Node; scripts/console
    // empties the rest.
    emptyOutDir: false,
    // The policy lets images come from the platform only, not from data: URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000, // ten times what is usual on a small machine
  },
});
