/**
 * Makes a folder for a study of your own: a configuration that finds the toolkit, a small population as a CSV file, and
 * a first notebook that runs as it is.
 *
 *     deno run -A init.ts FOLDER
 *
 * Nothing that is already in the folder is replaced.
 *
 * @module
 */
import { writeNotebook } from "@understudy/understudy/kernel";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this file is: a folder on this machine, or an address. */
const toolkit = new URL(".", import.meta.url);

const population = `party,age_group,people
Left,under 50,300
Left,50 and over,260
Right,under 50,210
Right,50 and over,330
`;

/** The cells of the first notebook: prose and code in turn. */
const cells = [
  `# My study

Does a report of troops at the border raise support for a military response? Replace this question, the texts below and
\`population.csv\` by your own. Everything here runs without an account: the respondent is a rehearsal, a small invented
society whose true effect is known.`,
  `import {
  assignTreatments, checkBalance, choice, comparePrompts, declareDesign, declareTreatments, declareWorld,
  describeRun, estimateDrift, estimateEffects, likert, loadTable, openAiRespondent, planExperiment, plotDrift,
  plotEffects, probeEndpoint, runExperiment, samplePersonas, simulatedRespondent, sqliteStore, worldTruth,
} from "@understudy/understudy";
import { show } from "@understudy/understudy/kernel";

const population = await loadTable("population.csv");
const personas = samplePersonas(population, { n: 400, seed: 1, counts: "people" });
await show(personas.slice(0, 5));`,
  `## What is compared

\`stated\` lists what the model is told of a person, and nothing else is. Here the age group is stated and the party is
not, so the model has to imagine it.`,
  `const treatments = declareTreatments({
  control: "A neighbouring state holds its yearly exercise near the border.",
  threat: "A neighbouring state has sent troops across the border.",
});
const items = [
  likert("support", "Do you support a military response?", { points: 7 }),
  choice("news_source", "Where did you get most of your news last year?", ["paper", "television", "web"]),
];
const design = declareDesign({ treatments, items, stated: ["age_group"] });
const assigned = assignTreatments(personas, design, { seed: 2 });
await show(checkBalance(assigned, { covariates: ["party", "age_group"] }));`,
  `## Who answers

The rehearsal below knows the two texts by a few of their words (\`stimuli\`) and the two questions by their names: with
texts and questions of your own, change it too; it says what it does not know.

To ask a real model, change the line that begins with \`const respondent\` and run the cells below again:
\`openAiRespondent({ model: "gpt-5-mini" })\` with \`OPENAI_API_KEY\` in the environment, or any endpoint that speaks
the same language, such as \`openAiRespondent({ model: "llama3.2", baseURL: "http://localhost:11434/v1" })\`; and
\`await show(await probeEndpoint(respondent))\` says what it really does. The file \`study.db\` keeps every reply: run
this again and nothing is asked twice. Once the store is closed, it is whole by itself and can be copied.`,
  `const rehearsal = declareWorld({
  name: "rehearsal",
  seed: 3,
  population,
  counts: "people",
  stimuli: { control: "yearly exercise", threat: "troops across the border" },
  // A report of an attack makes the model imagine more people of the right: user drift.
  exposure: {
    control: { party: { Left: 0.6, Right: -0.6 } },
    threat: { party: { Left: -0.6, Right: 0.6 } },
  },
  items: {
    support: {
      kind: "scale",
      range: [1, 7],
      sd: 1.2,
      intercept: 3.5,
      effects: { party: { Left: -0.8, Right: 0.8 } },
      stimuli: { threat: { effect: 0.5 } },
    },
    news_source: {
      kind: "choice",
      options: { paper: {}, television: { effects: { party: { Left: -0.8, Right: 0.8 } } }, web: {} },
    },
  },
}, { treatments, items });
const respondent = simulatedRespondent(rehearsal);
const plan = planExperiment(assigned, design, { seed: 4 });
const store = sqliteStore("study.db");
const answers = await runExperiment(plan, respondent, { store });
await store.close();
await show(comparePrompts(plan), describeRun(answers).select("arm", "calls", "answered", "refused", "unparsed", "failed"));`,
  `## What it did

The effect of the report, as the answers have it; beside it, what only a rehearsal can show: the true effect of the
declared society. The estimate is far too large: see the last section.`,
  `const effects = estimateEffects(answers, { outcome: "support" });
// Nobody knows the true effect of a real model.
const isRehearsal = respondent.name === simulatedRespondent(rehearsal).name;
const truth = worldTruth(rehearsal, { outcome: "support", stimulus: "threat" }).get("value", 0);
await show(plotEffects(effects, isRehearsal ? { truth } : {}));
await show(effects);`,
  `## Did the people change too?

The report cannot change where people got their news last year. If the answers to that differ between the arms, the
model has imagined other people under the threat, and the effect above is not only the report's. Then state what was
left open (here \`stated: ["age_group", "party"]\`), or let \`repairDrift\` find out what helps.`,
  `const drift = estimateDrift(answers, { controls: ["news_source"] });
await show(plotDrift(drift));
await show(drift);`,
];

const notebookRun = { description: "Execute the notebook in place", words: "first_study.ipynb" };

/** The `deno.json` of a folder: where the toolkit is, as seen from there, and what `deno task run` executes. */
export function configurationOf(
  folder: string,
  run: { readonly description: string; readonly words: string },
): string {
  const linked = toolkit.protocol === "file:";
  const place = linked ? relative(folder, fileURLToPath(toolkit)).replaceAll("\\", "/") || "." : "";
  const program = linked ? `${place}/cli.ts` : new URL("cli.ts", toolkit).href;
  return `${
    JSON.stringify(
      {
        imports: {
          "@understudy/understudy": "jsr:@understudy/understudy@^0.1.0",
          // What the documentation's examples use, and what Arquero reads Arrow with, as tried.
          "@std/assert": "jsr:@std/assert@^1",
          "@uwdata/flechette": "npm:@uwdata/flechette@2.6.0",
          arquero: "npm:arquero@8.0.3",
        },
        ...(linked ? { links: [place] } : {}),
        compilerOptions: { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        tasks: {
          run: {
            description: run.description,
            command: `deno run -A ${program} notebook run ${run.words}`.trimEnd(),
          },
        },
      },
      null,
      2,
    )
  }\n`;
}

/** Writes a file of a folder unless it is there, and says so. */
export async function writeNew(
  folder: string,
  name: string,
  write: (path: string) => Promise<void>,
): Promise<string> {
  const path = join(folder, name);
  try {
    await Deno.lstat(path);
    return `kept     ${name}`;
  } catch {
    await write(path);
    return `written  ${name}`;
  }
}

/** Makes the folder and says what was written. */
export async function makeStudy(folder: string): Promise<string[]> {
  const place = resolve(folder);
  await Deno.mkdir(place, { recursive: true });
  const text = (content: string) => (path: string) => Deno.writeTextFile(path, content);
  return [
    await writeNew(place, "deno.json", text(configurationOf(place, notebookRun))),
    await writeNew(place, "population.csv", text(population)),
    await writeNew(place, "first_study.ipynb", (path) =>
      writeNotebook({
        cells: cells.map((source, at) =>
          at % 2 === 0 ? { id: `cell-${at + 1}`, cell_type: "markdown", metadata: {}, source } : {
            id: `cell-${at + 1}`,
            cell_type: "code",
            metadata: {},
            source,
            execution_count: null,
            outputs: [],
          }
        ),
        metadata: {
          kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
          language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
        },
        nbformat: 4,
        nbformat_minor: 5,
      }, path)),
  ];
}

if (import.meta.main) {
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  const [folder, ...more] = Deno.args;
  if (folder === undefined || more.length > 0 || folder.startsWith("-")) {
    print("usage: deno run -A init.ts FOLDER");
    Deno.exit(2);
  }
  for (const line of await makeStudy(folder)) print(line);
  print(`\nNext: cd ${folder} && deno task run, or open first_study.ipynb in Jupyter.`);
}
