// The scanner's service worker, with the list of files that the scanner needs without a network.

import {createHash} from "node:crypto";
import {readFile, readdir} from "node:fs/promises";
import {join} from "node:path";
import {type Plugin, transformWithOxc} from "vite";

interface Options {
  /** The worker's source. */
  source: string;
  /** Where it is served, without a leading slash. */
  fileName: string;
  /** The entry whose page works without a network. */
  entry: string;
  /** Addresses that are no output of the build but belong to it too. */
  more: string[];
  /** Folder of `public` whose files belong to it too. */
  folder: string;
}

/**
 * Writes a service worker that keeps all which an entry needs.
 *
 * That is every output of the build, but for what only other entries load: what workers load is not
 * in the graph of imports.
 */
export function precache({source, fileName, entry, more, folder}: Options): Plugin {
  let publicDir = "";
  return {
    name: "precache",
    apply: "build",
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
        const reached = (names: string[]) => {
          const found = new Set<string>();
          const next = [...names];
          for (let name = next.pop(); name !== undefined; name = next.pop()) {
            if (found.has(name)) continue;
            found.add(name);
            const chunk = bundle[name];
            if (chunk?.type !== "chunk") continue;
            next.push(...chunk.imports, ...chunk.dynamicImports, ...(chunk.viteMetadata?.importedCss ?? []));
          }
          return found;
        };
        const entries = chunks.filter((chunk) => chunk.isEntry);
        const own = reached(entries.filter(({name}) => name === entry).map((chunk) => chunk.fileName));
        const others = reached(entries.filter(({name}) => name !== entry).map((chunk) => chunk.fileName));
        const built = Object.keys(bundle)
          .filter((name) => name.startsWith("assets/") && !name.endsWith(".map"))
          .filter((name) => own.has(name) || !others.has(name))
          .map((name) => `/${name}`);
        const kept = (await readdir(join(publicDir, folder))).map((name) => `/${folder}/${name}`);
        const list = [...new Set([...built, ...kept, ...more])].sort();
        const page = bundle[`${entry}/index.html`];
        const html = page?.type === "asset" ? String(page.source) : "";
        const version = createHash("sha256").update(JSON.stringify(list)).update(html).digest("hex").slice(0, 12);
        const {code} = await transformWithOxc(await readFile(source, "utf8"), source, {sourcemap: false});
        const values = `const PRECACHE = ${JSON.stringify(list)};\nconst VERSION = ${JSON.stringify(version)};\n`;
        this.emitFile({type: "asset", fileName, source: values + code});
      },
    },
  };
}
