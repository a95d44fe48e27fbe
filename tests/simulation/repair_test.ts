/**
 * Repair of drift in random worlds: bias before and after, coverage of the effect's interval, and what the verdict says
 * where drift cannot be stated away. Short by default; UNDERSTUDY_LONG=1 draws 200 worlds of each kind and prints.
 *
 * Measured over 200 worlds of 1,000 personas, margin .1: median |bias| .249 before and 0 after; the usual interval covers
 * .315 before and .925 after, the widened one (κ = 1) 1.000, at 1.52 times its width; "within margin" in .495, never where
 * a control drifted by as much. Where drift cannot be stated away: "found" in all 200, the usual interval .230, the
 * widened one .910 at 2.40 times its width.
 */
import { assert } from "@std/assert";
import { columnOf, stream, type Table, tableOfRows } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { drawAttributes, elicitConfounders, type Repair, repairDrift } from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { replySchema } from "@understudy/understudy/items";
import { describePersona, samplePersonas } from "@understudy/understudy/personas";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller } from "@understudy/understudy/runner";
import { composeTreatment } from "@understudy/understudy/treatments";
import { type World, worldTruth } from "@understudy/understudy/worlds";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { rowsOf } from "../drift/drift_tables.ts";
import { drawWorld, items, nameAttributes, type RandomWorld, treatments } from "./repair_worlds.ts";
import { effectOf, naiveOf } from "../worlds/fixtures.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
/** How many worlds of each kind, and how many personas each has. */
const [open, closed, size] = long ? [200, 200, 1000] : [8, 4, 400];
/** What as many personas can show. */
const margin = long ? 0.1 : 0.15;
const design = declareDesign({ treatments, items, stated: [] });

/** What one repaired world gave. */
interface Outcome {
  /** Exact bias of the difference in means, without sampling error. */
  readonly exact: { readonly before: number; readonly after: number };
  /** Estimate less truth. */
  readonly error: { readonly before: number; readonly after: number };
  readonly covers: { readonly before: boolean; readonly after: boolean; readonly widened: boolean };
  /** The widened interval's width over the usual one's. */
  readonly wider: number;
  /** Whether the repair says "within margin" though a control drifts by at least as much. */
  readonly wrongly: boolean;
  readonly truth: number;
  readonly repair: Repair;
}

async function repairWorld(seed: number, hidden: boolean, n: number): Promise<Outcome> {
  const drawn = drawWorld(seed, hidden);
  const { world, population, base } = drawn;
  const personas = samplePersonas(population, { n, seed, counts: "n" }).select(
    "persona_id",
    "weight",
    ...base,
  );
  const withAttributes = (attributes: readonly string[]) =>
    drawAttributes(personas, { attributes, from: population, counts: "n", seed });
  const repair = await repairDrift(
    async ({ attributes }) =>
      askAll(world, assignTreatments(await withAttributes(attributes), design, { seed }), seed),
    {
      candidates: await elicit(drawn, seed),
      steer: drawn.steer,
      judge: drawn.judge,
      effect: (answers) => estimateEffects(answers, { outcome: "support" }),
      margin,
      permutations: long ? 499 : 199,
      bootstraps: long ? 199 : 99,
      seed,
    },
  );
  const exactly = async (attributes: readonly string[]): Promise<Exact> => {
    const contrast = { outcome: "support", stimulus: "threat", reference: "control" } as const;
    const asked = { ...contrast, personas: await withAttributes(attributes) };
    const truth = effectOf(world, asked);
    const controls = [...drawn.steer, ...drawn.judge];
    const drift = columnOf<number>(
      worldTruth(world, { ...asked, what: "drift", outcome: controls }),
      "value",
    );
    return { truth, bias: naiveOf(world, asked) - truth, drift: Math.max(...drift) };
  };
  return compare(repair, await exactly([]), await exactly(repair.attributes));
}

/** Every persona's answers in its arm, one request each: what the world reads is text. */
function askAll(world: World, assigned: Table, seed: number): Table {
  const names = items.map(({ name }) => name);
  const schema = replySchema(items);
  const rows = rowsOf(assigned).map((row) => {
    const treatment = composeTreatment(treatments, String(row.arm));
    const messages = [
      { role: "system" as const, content: describePersona(row) },
      { role: "user" as const, content: treatment },
    ];
    const asked = stream(seed, "ask", String(row.persona_id)).bits();
    return {
      ...row,
      ...JSON.parse(answerAsWorld(world, { messages, schema, seed: asked, replicate: 1 }).text),
    };
  });
  return tableOfRows(rows, [...assigned.columnNames(), ...names]);
}

function elicit({ exposure }: RandomWorld, seed: number): Promise<Table> {
  const model = scriptedRespondent(({ replicate }) =>
    nameAttributes(exposure, stream(seed, "model", replicate))
  );
  return elicitConfounders(caller(model), {
    setting: "adults in a country with a disputed border",
    circumstances: ["reads about an exercise", "reads about an invasion"],
  });
}

/** Sums over the world: the effect, the bias of the difference in means, and the largest drift of a control. */
interface Exact {
  readonly truth: number;
  readonly bias: number;
  readonly drift: number;
}

function compare(repair: Repair, first: Exact, last: Exact): Outcome {
  const column = (name: string) => columnOf<number>(repair.iterations, name);
  const end = column("estimate").length - 1;
  const covers = (row: number, { truth }: Exact, kind = "conf") =>
    column(`${kind}_low`)[row]! <= truth && truth <= column(`${kind}_high`)[row]!;
  const width = (kind: string) => column(`${kind}_high`)[end]! - column(`${kind}_low`)[end]!;
  return {
    exact: { before: first.bias, after: last.bias },
    error: { before: column("estimate")[0]! - first.truth, after: column("estimate")[end]! - last.truth },
    covers: { before: covers(0, first), after: covers(end, last), widened: covers(end, last, "widened") },
    wider: width("widened") / width("conf"),
    wrongly: repair.verdict === "within margin" && last.drift >= margin,
    truth: last.truth,
    repair,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

function share(outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): number {
  return outcomes.filter(holds).length / outcomes.length;
}

/** Prints a measured number in the long version. */
function report(name: string, value: number): void {
  // deno-lint-ignore no-console -- the long version is run to read its numbers
  if (long) console.log(`${name}: ${value.toFixed(4)}`);
}

async function repairAll(hidden: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let seed = 1; seed <= (hidden ? closed : open); seed++) {
    outcomes.push(await repairWorld(seed, hidden, size));
  }
  return outcomes;
}

Deno.test("repairDrift takes the bias away where the drifting attributes can be stated, and the interval then covers", async () => {
  const outcomes = await repairAll(false);
  const absolute = (of: (outcome: Outcome) => number) =>
    median(outcomes.map((outcome) => Math.abs(of(outcome))));
  const [before, after] = [absolute(({ exact }) => exact.before), absolute(({ exact }) => exact.after)];
  const [wrong, right] = [
    share(outcomes, ({ covers }) => covers.before),
    share(outcomes, ({ covers }) => covers.after),
  ];
  report("median |exact bias| before", before);
  report("median |exact bias| after", after);
  report(
    "mean |exact bias| before",
    outcomes.reduce((sum, { exact }) => sum + Math.abs(exact.before), 0) / outcomes.length,
  );
  report(
    "mean |exact bias| after",
    outcomes.reduce((sum, { exact }) => sum + Math.abs(exact.after), 0) / outcomes.length,
  );
  report("median |estimate − truth| before", absolute(({ error }) => error.before));
  report("median |estimate − truth| after", absolute(({ error }) => error.after));
  report("share in which bias inflates", share(outcomes, ({ exact, truth }) => exact.before * truth > 0));
  report("coverage before", wrong);
  report("coverage after", right);
  report("share with any exact bias left", share(outcomes, ({ exact }) => Math.abs(exact.after) > 1e-9));
  report("coverage of the widened interval (κ = 1)", share(outcomes, ({ covers }) => covers.widened));
  report(
    "median width of the widened interval, over the usual one",
    median(outcomes.map(({ wider }) => wider)),
  );
  report("share 'within margin' though a control drifts by more", share(outcomes, ({ wrongly }) => wrongly));
  for (const verdict of ["within margin", "not found", "found"]) {
    const those = outcomes.filter(({ repair }) => repair.verdict === verdict);
    report(`share '${verdict}'`, those.length / outcomes.length);
    report(`coverage after, where '${verdict}'`, share(those, ({ covers }) => covers.after));
  }
  assert(before > 0.1, `worlds without bias: ${before}`);
  assert(after <= 0.1 * before, `median bias ${before} before, ${after} after`);
  // Short: 6 or more of 8 cover with probability .994 if 95% do. Long: four standard errors of a share of 200.
  assert(long ? Math.abs(right - 0.95) < 0.062 : right >= 0.75, `coverage after ${right}`);
  assert(wrong < right - 0.2, `coverage before ${wrong}, after ${right}`);
  const widened = share(outcomes, ({ covers }) => covers.widened);
  assert(widened >= Math.max(right, long ? 0.95 : 0.75), `the widened interval covers ${widened}`);
  assert(
    share(outcomes, ({ wrongly }) => wrongly) <= (long ? 0.05 : 0.25),
    "claims a margin that does not hold",
  );
});

Deno.test("repairDrift says 'found' where exposure depends on what cannot be stated", async () => {
  const outcomes = await repairAll(true);
  const found = share(outcomes, ({ repair }) => repair.verdict === "found");
  report("share 'found' where it cannot be stated away", found);
  report("median |exact bias| there, before", median(outcomes.map(({ exact }) => Math.abs(exact.before))));
  report("median |exact bias| there, after", median(outcomes.map(({ exact }) => Math.abs(exact.after))));
  report("coverage there, after", share(outcomes, ({ covers }) => covers.after));
  report("coverage there, widened (κ = 1)", share(outcomes, ({ covers }) => covers.widened));
  report("median width there, over the usual one", median(outcomes.map(({ wider }) => wider)));
  assert(found >= (long ? 0.95 : 0.75), `drift remains in ${found}`);
});
