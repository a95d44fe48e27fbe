/**
 * Verifies this bundle: whether its files are those that were bundled, and whether its notebook gives its outputs.
 *
 *     deno run -A verify.ts
 *
 * Needs Deno and nothing else: the toolkit and its packages are in this folder, and the network is not used. Exit status
 * 0: all is as it was; 1: something differs, and is named.
 */

import { fileURLToPath } from "node:url";

/** What a bundle says about itself. */
interface Manifest {
  /** The version of Deno that made it. */
  deno: string;
  /** The notebook's place. */
  notebook: string;
  /** SHA-256 of every file, by its place. */
  files: { [place: string]: string };
}

const here = new URL("./", import.meta.url);
const { deno, notebook, files }: Manifest = JSON.parse(
  await Deno.readTextFile(new URL("manifest.json", here)),
);

async function hashOf(place: string): Promise<string> {
  const bytes = await Deno.readFile(new URL(place.split("/").map(encodeURIComponent).join("/"), here));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

let changed = 0;
for (const [place, hash] of Object.entries(files)) {
  const found = await hashOf(place).catch(() => undefined);
  if (found === hash) continue;
  changed++;
  print(`${place}: ${found === undefined ? "is missing" : "is not the file that was bundled"}`);
}
print(
  `${Object.keys(files).length - changed} of ${Object.keys(files).length} files are as they were bundled.`,
);
if (deno !== Deno.version.deno) print(`Bundled with Deno ${deno}; this is Deno ${Deno.version.deno}.`);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--cached-only",
    "--config",
    "deno.json",
    "understudy/cli.ts",
    "notebook",
    "verify",
    notebook,
  ],
  cwd: here,
  env: {
    DENO_DIR: fileURLToPath(new URL("packages", here)),
    NPM_CONFIG_REGISTRY: "https://packages.invalid",
  },
  stdin: "null",
  stdout: "inherit",
  stderr: "inherit",
}).output();
Deno.exit(changed > 0 ? 1 : code);
