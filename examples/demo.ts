/**
 * The main job, end to end, on one command: a real population, an experiment on a simulated respondent behind a real
 * endpoint, the effect, the drift, the repair, and what it all should have been.
 *
 * @module
 */
import {
  assignTreatments,
  checkBalance,
  columnOf,
  describeProvenance,
  estimateDrift,
  estimateEffects,
  openAiRespondent,
  type Plan,
  planExperiment,
  plotDrift,
  plotEffects,
  repairDrift,
  runExperiment,
  samplePersonas,
  serveRespondent,
  simulatedRespondent,
  sqliteStore,
  type Table,
  worldTruth,
  writeReport,
} from "@understudy/understudy";
import { comparePrompts } from "@understudy/understudy/prompts";
import { describeAnswers } from "@understudy/understudy/report";
import { interruptible, show, showProgress } from "@understudy/understudy/kernel";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../deno.json" with { type: "json" };
import {
  controls,
  declareBorderWorld,
  design,
  phrases,
  readPopulation,
  statedAttributes,
} from "./border_incursion.ts";

// The folder to write to may be given: deno task demo FOLDER
const out = Deno.args[0] ? pathToFileURL(`${resolve(Deno.args[0])}/`) : new URL("../out/", import.meta.url);
const folder = relative(Deno.cwd(), fileURLToPath(out)) + "/";
const seeds = { personas: 1, assignment: 2, plan: 3, drift: 4 };
const startedAt = new Date().toISOString();

await show("WHO: 600 personas from 110,439 survey participants, drawn as the whole people that they are.");
const population = await readPopulation();
const personas = samplePersonas(population, { n: 600, counts: "n", seed: seeds.personas });

await show("WHO GETS WHAT: two arms of 300, at random. Balance of the personas' attributes:");
const assigned = assignTreatments(personas, design, { seed: seeds.assignment });
const balance = checkBalance(assigned, { covariates: [...statedAttributes, "party", "ideology"] });
const shownBalance = balance.select(
  "covariate",
  "level",
  "mean_arm",
  "mean_reference",
  "statistic",
  "p_adjusted",
  "verdict",
);
await show(shownBalance);

// For a real model, leave the server out: openAiRespondent({ model: "…" }) with OPENAI_API_KEY in the environment.
const world = declareBorderWorld(population);
await using server = await serveRespondent(simulatedRespondent(world));
const respondent = openAiRespondent(server.connection);
const store = sqliteStore(fileURLToPath(new URL("demo.db", out)));

await show(`ASK: every call goes over HTTP to ${server.baseURL}; every reply is kept in ${folder}demo.db.`);
const answers = await runWith([]);

await show("EFFECT: what the experiment says, taken at its word.");
const effect = (table: Table): Table => estimateEffects(table, { outcome: "support" });
await show(
  effect(answers).select(
    "arm",
    "estimate",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "n",
    "basis",
  ),
);

await show("DRIFT: did questions that the treatment cannot change get other answers?");
const drift = estimateDrift(answers, { controls: [...controls.steer, ...controls.judge], seed: seeds.drift });
await show(
  drift.select(
    "control",
    "statistic",
    "null_mean",
    "null_high",
    "p_value",
    "p_adjusted",
    "p_joint",
    "verdict",
  ),
);

await show(
  "REPAIR: state more of what the persona left open, until the controls are shown to drift by less than 0.15.",
);
const repair = await repairDrift(({ attributes }) => runWith(attributes), {
  candidates: ["party", "ideology"],
  ...controls,
  effect,
  margin: 0.15,
  seed: seeds.drift,
});

const contrast = { stimulus: "threat", reference: "control", personas };
const truth = worldTruth(world, {
  ...contrast,
  outcome: "support",
  stated: [...statedAttributes, ...repair.attributes],
}).get("value", 0) as number;
await show("RESULT: three ways of asking the same people, beside what is true.");
// What no real study can know: how far the imagined people really lie apart, at most over the controls.
const driftOf = (attributes: string): number =>
  Math.max(
    ...columnOf<number>(
      worldTruth(world, {
        ...contrast,
        what: "drift",
        outcome: [...controls.steer, ...controls.judge],
        stated: [...statedAttributes, ...attributes.split(", ").filter(Boolean)],
      }),
      "value",
    ),
  );
const stated = columnOf<string>(repair.iterations, "attributes");
const comparison = repair.iterations.assign({
  true_drift: stated.map(driftOf),
  true_effect: stated.map(() => truth),
});
const shownComparison = comparison.select(
  "label",
  "estimate",
  "conf_low",
  "conf_high",
  "widened_low",
  "widened_high",
  "true_effect",
  "true_drift",
  "verdict",
);
await show(shownComparison);
const { widened_low, widened_high } = repair.iterations.object(repair.iterations.numRows() - 1) as {
  widened_low: number;
  widened_high: number;
};
await show(
  `Drift: ${repair.verdict}; ${repair.reason}.`,
  `If the outcome hangs on what drifts no more strongly than on its most telling control (κ = 1), the effect lies ` +
    `between ${widened_low.toFixed(2)} and ${widened_high.toFixed(2)}.`,
);

const effectFigure = plotEffects(repair.effects, {
  truth,
  title: "Effect of a border incursion on support for a military response",
  subtitle: "The same 600 simulated people, by what their persona text states",
});
const driftFigure = plotDrift(repair.drift);
const provenance = describeProvenance({
  plan: repair.answers.map((_, iteration) => planWith(["party", "ideology"].slice(0, iteration))),
  answers: repair.answers,
  identity: await respondent.identity(),
  respondentName: respondent.name,
  seeds,
  startedAt,
  answeredAt: (await store.list()).map((reply) => reply.answeredAt),
  packages: packageVersions(config.imports),
});
await Deno.writeTextFile(new URL("effects.svg", out), effectFigure.svg);
await Deno.writeTextFile(new URL("drift.svg", out), driftFigure.svg);
await writeReport(new URL("report.html", out), {
  title: "The illusion of intervention: a border incursion",
  summary:
    "A simulated experiment whose true effect is known. Read as an experiment, the model's answers miss it; " +
    "negative controls give the drift away; with more of the persona stated it is shown to lie within a margin.",
  sections: [
    {
      heading: "Effect",
      text:
        "Each row asks the same people in the same arms; the persona text states a little more each time. " +
        "The dashed line is the true effect, which only a simulated world can show.",
      figure: effectFigure,
      table: shownComparison,
      tableCaption:
        "Estimates by what the persona text states, with their intervals, and those widened by the bias that the " +
        "negative controls leave open (κ = 1).",
    },
    {
      heading: "Drift",
      text:
        "News, gun ownership and upbringing lie in the past: no incursion can change them. Where they differ " +
        "between arms by more than chance would give, the model has imagined other people, not other circumstances.",
      figure: driftFigure,
      figureCaption:
        "How far apart the arms' answers to questions about the past are, beside what chance alone gives.",
      table: repair.drift.select(
        "label",
        "role",
        "control",
        "statistic",
        "null_mean",
        "null_high",
        "p_value",
        "p_adjusted",
        "conf_low",
        "conf_high",
        "verdict",
      ),
      tableCaption:
        "Total variation distance between arms, its mean and 95% point if the arms did not differ.",
    },
    {
      heading: "Balance",
      text: "The personas themselves were assigned at random.",
      table: shownBalance,
      tableCaption: "Shares by arm, and their difference in standard deviations.",
    },
    {
      heading: "Prompts",
      text: "What one of these people reads in each arm, in the first run.",
      view: comparePrompts(planWith([])),
    },
    {
      heading: "Answers of the last run",
      view: describeAnswers(repair.answers.at(-1)!, { plan: planWith(repair.attributes) }),
    },
    { heading: "Provenance", table: provenance, tableCaption: "What a reader needs to repeat this run." },
  ],
});

await show(
  server.requests === 0
    ? "The model was asked for nothing: every answer came from the store."
    : `The model was asked ${server.requests} times; run this again and it is asked for nothing.`,
  `Written to ${folder}: report.html (everything on one page), effects.svg, drift.svg, demo.db`,
);
await store.close();

/** Plans the experiment with personas that state the given attributes beside those of the base persona. */
function planWith(attributes: readonly string[]): Plan {
  const stating = { ...design, stated: [...design.stated, ...attributes] };
  return planExperiment(assigned, stating, { seed: seeds.plan, persona: { phrases } });
}

/** Runs it, on the same people in the same arms. */
function runWith(attributes: readonly string[]): Promise<Table> {
  const label = attributes.length === 0 ? "base persona" : `stating ${attributes.join(", ")}`;
  return interruptible(async (signal) => {
    const onProgress = showProgress({ label });
    const answered = await runExperiment(planWith(attributes), respondent, { store, signal, onProgress });
    if (signal.aborted) {
      await show("Stopped. Every reply that arrived is kept: run this again and only the rest is asked.");
      Deno.exit(130);
    }
    return answered;
  });
}

/** Package names and versions from the import map. */
function packageVersions(imports: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(
    Object.values(imports).map((specifier) => {
      const [, name, version] = /^(?:npm|jsr):(.+?)@([^/]+)/.exec(specifier)!;
      return [name, version!];
    }),
  );
}
