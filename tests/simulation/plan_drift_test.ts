/**
 * The power that planDrift predicts against the share of studies in which estimateDrift finds the drift. Short by
 * default; UNDERSTUDY_LONG=1 draws more and prints both.
 */
import { assert } from "@std/assert";
import { columnOf, type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateDrift, planDrift, type PlanDriftOptions } from "@understudy/understudy/drift";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const studies = long ? 2500 : 50;
const permutations = long ? 999 : 199;

/** Prints what was found in the long version. */
function report(line: string): void {
  // deno-lint-ignore no-console -- the long version is run to read its numbers
  if (long) console.log(line);
}

interface Scenario {
  readonly options: PlanDriftOptions;
  /** About what is planned for a power of .8: the short version asks for the power of so many personas. */
  readonly n: number;
  /** The shares of each arm. */
  readonly shares: { readonly reference: readonly number[]; readonly treatment: readonly number[] };
  /** How often a reply follows the persona's leaning: the correlation of two replies is its square. */
  readonly follows?: number;
}

const even = [0.2, 0.2, 0.2, 0.2, 0.2];
const spread = { reference: even, treatment: [0.25, 0.25, 0.2, 0.15, 0.15] };
const scenarios: { [name: string]: Scenario } = {
  "spread": { options: { distance: 0.1 }, n: 960, shares: spread },
  "two categories": {
    options: { distance: 0.1, shape: "two" },
    n: 570,
    shares: { reference: even, treatment: [0.1, 0.2, 0.2, 0.2, 0.3] },
  },
  "uneven shares, 15% treated": {
    options: {
      shares: [0.05, 0.1, 0.4, 0.3, 0.15],
      treatment: [0.1, 0.2, 0.25, 0.3, 0.15],
      allocation: 0.15,
    },
    n: 580,
    shares: { reference: [0.05, 0.1, 0.4, 0.3, 0.15], treatment: [0.1, 0.2, 0.25, 0.3, 0.15] },
  },
  "one of ten controls": {
    options: { distance: 0.2, controls: 10 },
    n: 370,
    shares: {
      reference: even,
      treatment: [0.3, 0.3, 0.2, 0.1, 0.1],
    },
  },
  "within subjects": {
    options: { distance: 0.1, subjects: "within", correlation: 0.49 },
    n: 324,
    shares: spread,
    follows: 0.7,
  },
  "three replicates": {
    options: { distance: 0.1, replicates: 3, replyCorrelation: 0.25 },
    n: 486,
    shares: spread,
    follows: 0.5,
  },
};

function categoryAt(shares: readonly number[], point: number): number {
  let rest = point;
  for (let k = 0; k < shares.length - 1; k++) if ((rest -= shares[k]!) < 0) return k + 1;
  return shares.length;
}

function drawStudy({ options, shares, follows = 0 }: Scenario, plan: Table, random: RandomStream): Table {
  const [n, m] = ["n_treatment", "n_reference"].map((name) => columnOf<number>(plan, name)[0]!);
  const columns: { [name: string]: unknown[] } = { persona_id: [], arm: [], answer: [] };
  const answer = (arm: "treatment" | "reference", persona: number, leaning: number) => {
    for (let replicate = 0; replicate < (options.replicates ?? 1); replicate++) {
      columns.persona_id!.push(persona);
      columns.arm!.push(arm);
      columns.answer!.push(
        categoryAt(shares[arm], follows > 0 && random.uniform() < follows ? leaning : random.uniform()),
      );
    }
  };
  const within = options.subjects === "within";
  for (let persona = 0; persona < (within ? n! : n! + m!); persona++) {
    const leaning = random.uniform();
    if (within || persona < n!) answer("treatment", persona, leaning);
    if (within || persona >= n!) answer("reference", persona, leaning);
  }
  return tableOf(columns);
}

for (const [name, scenario] of Object.entries(scenarios)) {
  Deno.test(`planDrift(options) predicts the power of estimateDrift within 3 points: ${name}`, () => {
    const plan = planDrift(long ? scenario.options : { ...scenario.options, n: scenario.n });
    const [predicted] = columnOf<number>(plan, "power");
    const [level] = columnOf<number>(plan, "level");
    let found = 0;
    for (let study = 0; study < studies; study++) {
      const table = drawStudy(scenario, plan, stream(study, "plan drift", name));
      const options = { controls: "answer", reference: "reference", bootstraps: 0, permutations };
      if ((estimateDrift(table, options).get("p_value", 0) as number) <= level!) found++;
    }
    const power = found / studies;
    const error = Math.sqrt(predicted! * (1 - predicted!) / studies);
    report(`${name}: n ${plan.get("n", 0)}, predicted ${predicted}, found ${power} ± ${error}`);
    // A right prediction is off by 3 points and four standard errors in fewer than one in some ten thousand runs.
    assert(
      Math.abs(power - predicted!) <= 0.03 + (long ? 2 : 4) * error,
      `predicted ${predicted}, found ${power}`,
    );
  });
}
