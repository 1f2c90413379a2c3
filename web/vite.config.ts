import {resolve} from "node:path";
import {defineConfig} from "vitest/config";
import {precache} from "./precache.ts";

const page = (path: string) => resolve(import.meta.dirname, path);

export default defineConfig({
  plugins: [
    precache({
      source: page("src/door/sw.ts"),
      fileName: "door/sw.js",
      entry: "door",
      more: ["/door/", "/icon.svg"],
      folder: "door",
    }),
  ],
  worker: {format: "es"},
  build: {
    target: "es2022",
    sourcemap: true,
    manifest: true,
    // Each page loads its own code and what it shares with the other, nothing else.
    rollupOptions: {
      input: {index: page("index.html"), door: page("door/index.html"), console: page("console/index.html")},
    },
  },
  test: {include: ["src/**/*.test.ts", "src/**/*.test.tsx"]},
});
