import { assertEquals } from "@std/assert";

/** The layers of lib/, lowest first: a file imports from its own folder and from lower layers. */
const layers = [
  ["core", "stats"],
  ["personas", "designs", "treatments", "items", "worlds", "conversation"],
  // What subjects go through: it is made of questions and treatments.
  ["protocols"],
  ["prompts", "respondents", "store", "estimation", "drift", "audit", "formats"],
  // What is estimated from answers, held against people's: it stands on the estimators.
  ["calibration", "fidelity"],
  ["runner", "plots", "report"],
  ["kernel", "diagnosis"],
];

const lib = new URL("../lib/", import.meta.url);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function* sourceFiles(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) yield* sourceFiles(url);
    else if (entry.name.endsWith(".ts")) yield url;
  }
}

/** The code without comments: documentation examples import what they like. */
function code(file: URL): string {
  return Deno.readTextFileSync(file).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function imports(): Import[] {
  return [...sourceFiles(lib)].flatMap((file) => {
    const path = file.pathname.slice(lib.pathname.length);
    return [...code(file).matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((match) => ({
      file: path,
      folder: path.split("/")[0]!,
      target: match[1]!,
    }));
  });
}

function level(folder: string): number {
  return layers.findIndex((names) => names.includes(folder));
}

const found = imports();

Deno.test("lib/ has only the folders of the design", () => {
  const folders = [...Deno.readDirSync(lib)].map((entry) => entry.name);
  assertEquals(folders.filter((folder) => level(folder) < 0), []);
});

Deno.test("a file of lib/ imports only from its own folder and from lower layers", () => {
  const wrong = found.filter(({ file, folder, target }) => {
    if (!target.startsWith(".")) return false;
    const path = new URL(target, new URL(file, lib)).pathname;
    if (!path.startsWith(lib.pathname)) return true;
    const other = path.slice(lib.pathname.length).split("/")[0]!;
    if (other === folder) return false;
    // stats stands on core and core on nothing.
    if (folder === "core") return true;
    if (folder === "stats") return other !== "core";
    return level(other) >= level(folder);
  });
  assertEquals(wrong, []);
});

Deno.test("no file of lib/ imports, by whatever way round, one that imports it", () => {
  const needed = new Map<string, Set<string>>();
  for (const { file, target } of found) {
    if (!target.startsWith(".")) continue;
    const path = new URL(target, new URL(file, lib)).pathname.slice(lib.pathname.length);
    needed.set(file, (needed.get(file) ?? new Set()).add(path));
  }
  // Whoever needs nobody that is left can go; circles cannot.
  for (let before = -1; before !== needed.size;) {
    before = needed.size;
    for (const [file, others] of needed) {
      if (![...others].some((other) => needed.has(other))) needed.delete(file);
    }
  }
  assertEquals([...needed.keys()], []);
});

Deno.test("a package is imported only where it belongs", () => {
  const owners: { [prefix: string]: string[] } = {
    "openai": ["respondents"],
    "@expo-google-fonts/arimo": ["plots"],
    "@observablehq/plot": ["plots"],
    "@resvg/resvg-js": ["plots"],
    "diff": ["prompts"],
    "gpt-tokenizer": ["prompts"],
    "linkedom": ["plots"],
    "liquidjs": ["treatments"],
    "katex": ["kernel"],
    "magic-string": ["kernel"],
    "marked": ["kernel"],
    "sanitize-html": ["kernel"],
    "highlight.js": ["kernel"],
    "lib-r-math": ["stats"],
    "node:sqlite": ["store"],
    "postgres": ["store"],
    "pg-boss": ["store"],
    "arquero": ["core", "kernel"],
  };
  const wrong = found.filter(({ folder, target }) => owners[target] && !owners[target].includes(folder));
  assertEquals(wrong, []);
});

Deno.test("no file of lib/ imports a test or the package by its own name", () => {
  assertEquals(
    found.filter(({ target }) => target.startsWith("@understudy/") || target.startsWith("@std/")),
    [],
  );
});

function filesWith(pattern: RegExp): string[] {
  return [...sourceFiles(lib)].filter((file) => pattern.test(code(file))).map((file) =>
    file.pathname.slice(lib.pathname.length)
  );
}

Deno.test("every draw comes from a keyed stream", () => {
  assertEquals(
    filesWith(/Math\.random|crypto\.getRandomValues|randomUUID/).filter((file) =>
      // Names of sessions, and of who holds a key, are no draws.
      !file.startsWith("kernel/") && file !== "runner/leases.ts"
    ),
    [],
  );
});

Deno.test("only runner/ calls a respondent, beside those in respondents/ that pass a call on", () => {
  const callers = filesWith(/\.respond\s*[(?]|\{[^{}]*\brespond\b[^{}]*\}\s*=/);
  assertEquals(callers.filter((file) => !file.startsWith("respondents/")), [
    "runner/ask.ts",
    "runner/budget.ts",
  ]);
});

Deno.test("only kernel/ touches Deno.jupyter; only store/, report/, kernel/, tables, workbooks and questionnaires write files", () => {
  assertEquals(
    filesWith(/Deno\.jupyter|Deno\[Deno\.internal\]/).filter((file) => !file.startsWith("kernel/")),
    [],
  );
  const writers = filesWith(/Deno\.(writeTextFile|writeFile|mkdir|remove|makeTemp|open|create)/);
  assertEquals(
    writers.filter((file) =>
      !/^(store|report|kernel)\/|^core\/table_files|^formats\/(workbooks\/(sheets|write_run_tables)|write_qualtrics)/
        .test(file)
    ),
    [],
  );
});

Deno.test("importing estimation, drift and audit needs no permission", async () => {
  for (const folder of ["estimation", "drift", "audit", "personas", "designs"]) {
    const script = await Deno.makeTempFile({ suffix: ".ts", dir: new URL("./", import.meta.url).pathname });
    await Deno.writeTextFile(script, `import "@understudy/understudy/${folder}";\n`);
    try {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--no-prompt", script],
      }).output();
      assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
    } finally {
      await Deno.remove(script);
    }
  }
});
