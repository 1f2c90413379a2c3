import {resolve} from "node:path";
import {defineConfig} from "vitest/config";

const page = (path: string) => resolve(import.meta.dirname, path);

export default defineConfig({
  build: {
    target: "es2022",
    sourcemap: true,
    // Each page loads its own code and what it shares with the other, nothing else.
    rollupOptions: {
      input: {index: page("index.html"), door: page("door/index.html"), console: page("console/index.html")},
    },
  },
  test: {include: ["src/**/*.test.ts", "src/**/*.test.tsx"]},
});
