/**
 * Writes the pages of this folder that follow from the code: `functions.md` (every public function by task), `methods.md`
 * (what each estimator and check rests on, and where its numbers are held) and `gallery.md` (every figure).
 *
 *     deno run -A docs/make_pages.ts
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);

/** The subpaths in the order of an experiment, each with what it is for. */
const tasks: readonly { readonly path: string; readonly title: string }[] = [
  { path: "./personas", title: "Who: populations and personas" },
  { path: "./treatments", title: "What is done to them: treatments and wordings" },
  { path: "./items", title: "What is asked: questions" },
  { path: "./designs", title: "Who gets what: designs, assignment, balance, sample sizes" },
  { path: "./protocols", title: "Groups, interviews and games" },
  { path: "./prompts", title: "What the model reads" },
  { path: "./respondents", title: "Who answers: models, endpoints, simulated and scripted respondents" },
  { path: "./runner", title: "Plan and ask" },
  { path: "./runner/worker", title: "Ask on several machines" },
  { path: "./store", title: "Keep every reply" },
  { path: "./store/postgres", title: "One store for a laboratory" },
  { path: "./estimation", title: "Effects, conjoint, randomisation tests, sensitivity" },
  { path: "./drift", title: "Did the people change too: drift, recall, repair" },
  { path: "./audit", title: "How the respondent answers" },
  { path: "./calibration", title: "A few people and a model together" },
  { path: "./fidelity", title: "A model held against people" },
  { path: "./worlds", title: "Worlds whose truth is known" },
  { path: "./diagnosis", title: "A design tried out on a world" },
  { path: "./plots", title: "Figures" },
  { path: "./report", title: "Record and report" },
  { path: "./formats", title: "Files of other tools" },
  { path: "./kernel", title: "In a notebook, and notebooks without Jupyter" },
  { path: "./core", title: "For those who build on it: tables, options, checks" },
  { path: "./stats", title: "For those who build on it: numerics" },
];

/** The subpaths whose verbs are methods of statistics. */
const methodical = [
  "estimation",
  "drift",
  "audit",
  "calibration",
  "fidelity",
  "designs",
  "personas",
  "diagnosis",
];
const methodVerb =
  /^(estimate|calibrate|check|compare|score|repair|rake|sample|plan|adjust|diagnose|suggest|assign|audit)/;

interface Verb {
  readonly name: string;
  /** The first sentence of its documentation. */
  readonly does: string;
  readonly sources: readonly string[];
  /** Its file, from the root of the repository. */
  readonly place: string;
}

interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
  };
}

type Documentation = {
  readonly [file: string]: { symbols: { name: string; declarations: Declaration[] }[] };
};

/** The public functions of each subpath, in alphabetical order. */
export async function readVerbs(): Promise<Map<string, Verb[]>> {
  const files = tasks.map(({ path }) => (config.exports as { [path: string]: string })[path]!);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: fileURLToPath(root),
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot read the documentation: ${new TextDecoder().decode(stderr)}`);
  const nodes = JSON.parse(new TextDecoder().decode(stdout)).nodes as Documentation;
  return new Map(tasks.map(({ path }, place) => [path, verbsOf(nodes[new URL(files[place]!, root).href]!)]));
}

function verbsOf({ symbols }: Documentation[string]): Verb[] {
  const verbs = symbols.flatMap(({ name, declarations }) => {
    const declared = declarations.find(({ kind }) => kind === "function");
    if (declared === undefined) return [];
    const { doc = "", tags = [] } = declared.jsDoc ?? {};
    const file = declared.location.filename.replace(root.href, "");
    return [{
      name,
      does: firstSentence(doc),
      sources: tags.filter(({ kind }) => kind === "see").map((tag) => oneLine(tag.doc ?? "")),
      place: file,
    }];
  });
  return verbs.sort((a, b) => a.name < b.name ? -1 : 1);
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().replaceAll("|", "\\|");

function firstSentence(doc: string): string {
  const paragraph = oneLine(doc.split(/\n\n/)[0]!).replace(/\{@linkcode (\w+)\}/g, "`$1`");
  return /^.{15,}?[.](?= |$)/.exec(paragraph)?.[0] ?? paragraph;
}

const cells = (...texts: readonly string[]) => `| ${texts.join(" | ")} |`;

/** The page of every public function, by task. */
export function functionsPage(verbs: Map<string, Verb[]>, ofRoot: ReadonlySet<string>): string {
  const sections = tasks.map(({ path, title }) => {
    const module = `@understudy/understudy${path.slice(1)}`;
    const rows = verbs.get(path)!.map(({ name, does, place }) =>
      cells(`[\`${name}\`](../${place})${ofRoot.has(name) ? " •" : ""}`, does)
    );
    return [
      `## ${title}`,
      "",
      `\`${module}\``,
      "",
      cells("function", "what it does"),
      cells("---", "---"),
      ...rows,
    ].join("\n");
  });
  const head = [
    "# Functions by task",
    "",
    "Every public function, in the order of an experiment. Those marked • are also imported from `@understudy/understudy`",
    "itself. Options, returned columns, errors and an example stand in the documentation of each: `deno task docs:api` writes",
    "it as pages, and in the notebook kernel Shift-Tab shows it. What each rests on: [methods.md](methods.md).",
  ].join("\n");
  return [head, ...sections, ""].join("\n\n");
}

/** The page of what each method rests on. */
export async function methodsPage(verbs: Map<string, Verb[]>): Promise<string> {
  const held = await readFiles([
    "tests/simulation",
    "tests/golden",
    "tests/estimation",
    "tests/calibration",
    "tests/drift",
    "tests/audit",
    "tests/fidelity",
    "tests/designs",
    "tests/personas",
    "tests/diagnosis",
  ]);
  const sections = tasks.filter(({ path }) => methodical.includes(path.slice(2))).map(({ path, title }) => {
    const rows = verbs.get(path)!.filter(({ name }) => methodVerb.test(name)).map(
      ({ name, does, place, sources }) => {
        const source = sources.length === 0 ? "arithmetic of its table" : sources.join("; ");
        return cells(`[\`${name}\`](../${place})`, does, source, evidence(name, held));
      },
    );
    return [
      `## ${title}`,
      "",
      cells("method", "what it is", "source", "held by"),
      cells("---", "---", "---", "---"),
      ...rows,
    ].join("\n");
  });
  return [methodsHead, ...sections, ""].join("\n\n");
}

const methodsHead = `# Methods

What every estimator, test and check rests on. The equation stands on the line of code that computes it; here is the
source of each, and where its numbers are held: by other software's digits (golden), and by seeded simulations of the
size of its test or the coverage of its interval (simulation). All of them run with \`deno task test\`; with many more
draws with \`deno task test:long\`.

Four rules hold for all:

- An interval is printed only where its method is known to hold; else it is \`NaN\` with a \`reason\`, or wider, with a
  note.
- A diagnosis says \`found\`, \`not found\`, \`within margin\` or \`cannot tell\`. \`not found\` is no evidence of absence: the
  smallest size that would have been found stands beside it. Only \`within margin\`, a test of equivalence at its size,
  is a success.
- Personas with one text count once where replies never differ; sessions, not members, are the unit where people hear
  each other.
- A number that rests on model answers alone is marked \`synthetic\`.

Where our numbers differ from a reference's on purpose, the documentation of the function says so. From an estimate
and its standard error to a test and an interval there is one way, \`lib/stats/inference.ts\`.`;

async function readFiles(folders: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const read = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
      if (isDirectory) await read(`${folder}/${name}`);
      else if (name.endsWith("_test.ts")) {
        texts.set(`${folder}/${name}`, await Deno.readTextFile(new URL(`${folder}/${name}`, root)));
      }
    }
  };
  for (const folder of folders) await read(folder);
  return texts;
}

/** The tests that call a method: simulations and comparisons with other software's numbers. */
function evidence(name: string, held: Map<string, string>): string {
  const own = `/${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  const order = ([path]: [string, string]) => `${path.includes(own) ? 0 : 1}${path}`;
  const calls = [...held].filter(([, text]) => new RegExp(`\\b${name}\\(`).test(text))
    .sort((a, b) => order(a) < order(b) ? -1 : 1);
  const link = ([path]: [string, string]) =>
    `[${path.split("/").at(-1)!.replace("_test.ts", "")}](../${path})`;
  const simulations = calls.filter(([path]) => path.startsWith("tests/simulation/"));
  const golden = calls.filter(([path, text]) =>
    !path.startsWith("tests/simulation/") && /golden/i.test(text)
  );
  const others = calls.filter((call) => !simulations.includes(call) && !golden.includes(call));
  const parts = [
    golden.length > 0 ? `golden: ${golden.slice(0, 3).map(link).join(", ")}` : "",
    simulations.length > 0 ? `simulation: ${simulations.slice(0, 3).map(link).join(", ")}` : "",
    golden.length + simulations.length === 0 && others.length > 0
      ? `tests: ${others.slice(0, 2).map(link).join(", ")}`
      : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** The page of every figure, from the drawings that the tests hold. */
export async function galleryPage(): Promise<string> {
  const folder = "tests/plots/gallery/";
  const files: string[] = [];
  for await (const { name } of Deno.readDir(new URL(folder, root))) {
    if (name.endsWith(".svg")) files.push(name);
  }
  const drawn = Map.groupBy(files.sort(), (file) => /^[a-z]+/.exec(file)![0]);
  const sections = await Promise.all([...drawn].map(async ([kind, names]) => {
    const verb = `plot${kind[0]!.toUpperCase()}${kind.slice(1)}`;
    const shown = await Promise.all(names.map(async (name) => {
      const svg = await Deno.readTextFile(new URL(folder + name, root));
      const title = /<title>([\s\S]*?)<\/title>/.exec(svg)?.[1] ?? /aria-label="([^"]*)"/.exec(svg)?.[1] ??
        name;
      return `<img src="../${folder}${name}" alt="${title}" width="${name.includes("narrow") ? 280 : 440}">`;
    }));
    return [`## \`${verb}\``, "", ...shown].join("\n");
  }));
  const head =
    "# Figures\n\nEvery figure, as the tests hold it: what it looks like with few and many rows, narrow and wide, and where\nsomething could not be estimated. Invented numbers throughout.";
  return [head, ...sections, ""].join("\n\n");
}

/** All pages of this folder that follow from the code, by file. */
export async function makePages(): Promise<{ readonly [file: string]: string }> {
  const verbs = await readVerbs();
  const functions = Object.entries(await import("../mod.ts")).filter(([, value]) =>
    typeof value === "function"
  );
  return {
    "functions.md": functionsPage(verbs, new Set(functions.map(([name]) => name))),
    "methods.md": await methodsPage(verbs),
    "gallery.md": await galleryPage(),
  };
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await makePages())) {
    await Deno.writeTextFile(new URL(file, import.meta.url), text);
  }
}
