import { assert } from "@std/assert";
import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { checkJointDrift, estimateDrift } from "@understudy/understudy/drift";
import { checkSharpNull, estimateEffects } from "@understudy/understudy/estimation";
import { repetitionsOf, shareOf } from "./share_of_studies.ts";

// Temperature 0: personas of the same kind in the same arm are sent one text and give one answer. Nothing differs between
// arms but the answers that texts happen to get: nominal size .05, bound .06 and three standard errors of the simulation.

const n = 240;

/** What a text gets: something of the kind, the same in both arms, and something of its own. */
interface Text {
  readonly outcome: number;
  readonly party: string;
  readonly news: string;
}

/**
 * A study of so many kinds; `shared` is the variance of what a kind's two texts share, beside 1 of each one's own; uneven
 * kinds are 1, 1/2, 1/3, … as many.
 */
function makeStudy(
  random: RandomStream,
  { kinds, shared = 0, within = false, uneven = false }: {
    kinds: number;
    shared?: number;
    within?: boolean;
    uneven?: boolean;
  },
): Table {
  const arms = ["control", "threat"];
  const texts = new Map<string, Text>();
  for (let kind = 0; kind < kinds; kind++) {
    const common = Math.sqrt(shared) * random.normal();
    for (const arm of arms) {
      texts.set(`${arm} ${kind}`, {
        outcome: common + random.normal(),
        party: common + random.normal() > 0 ? "left" : "right",
        news: ["paper", "tv", "web"][random.integer(3)]!,
      });
    }
  }
  const sizes = Array.from({ length: kinds }, (_, kind) => uneven ? 1 / (kind + 1) : 1);
  const all = sizes.reduce((sum, size) => sum + size);
  const drawKind = (): number => {
    let [place, kind] = [random.uniform() * all, 0];
    while (kind < kinds - 1 && place > sizes[kind]!) place -= sizes[kind++]!;
    return kind;
  };
  const kind = Array.from({ length: n }, drawKind);
  const drawn = random.shuffle(Array.from({ length: n }, (_, i) => arms[i % 2]!));
  const rows = kind.flatMap((own, i) => (within ? arms : [drawn[i]!]).map((arm) => ({ i, own, arm })));
  const answers = rows.map(({ own, arm }) => texts.get(`${arm} ${own}`)!);
  return tableOf({
    persona_id: rows.map(({ i }) => `p${i}`),
    arm: rows.map(({ arm }) => arm),
    arm_probability: rows.map(() => within ? 1 : 0.5),
    prompt_key: rows.map(({ own, arm }) => `${arm} ${own}`),
    kind: rows.map(({ own }) => `k${own}`),
    outcome: answers.map(({ outcome }) => outcome),
    party: answers.map(({ party }) => party),
    news: answers.map(({ news }) => news),
  });
}

/** The share of studies in which something is found, checked against the bound of .06. */
function checkSize(
  name: string,
  scenario: Parameters<typeof makeStudy>[1],
  pValue: (table: Table) => unknown,
  studies: number,
): void {
  const share = shareOf(name, (random) => Number(pValue(makeStudy(random, scenario))) < 0.05, studies);
  const error = Math.sqrt(0.06 * 0.94 / studies);
  assert(share < 0.06 + 3 * error, `${name}: ${share}`);
}

for (const kinds of [4, 12, 48]) {
  const outcome = "outcome";
  const name = `${n} personas of ${kinds} kinds`;

  Deno.test(`effects of texts that get one answer each keep their size: ${name}`, () => {
    const studies = repetitionsOf(150, 4000);
    const effect = (options: object) => (table: Table) =>
      estimateEffects(table, { outcome, ...options }).get("p_value", 0);
    checkSize(`effects ${name}`, { kinds }, effect({}), studies);
    checkSize(`effects ${name}, alike in both arms`, { kinds, shared: 1 }, effect({}), studies);
    checkSize(`effects ${name}, blocks are kinds`, { kinds, shared: 1 }, effect({ blocks: "kind" }), studies);
    checkSize(`effects ${name}, uneven`, { kinds, uneven: true }, effect({}), studies);
    checkSize(`effects ${name}, within`, { kinds, within: true }, effect({}), studies);
    const asPersonas = shareOf(
      `effects ${name} as personas`,
      (random) => Number(effect({ clusters: null })(makeStudy(random, { kinds }))) < 0.05,
      studies,
    );
    // What the rule is for: .76, .57, .30.
    assert(asPersonas > 0.2, `${asPersonas}`);
  });

  Deno.test(`drift of texts that get one answer each keeps its size: ${name}`, () => {
    const studies = repetitionsOf(50, 2000);
    const draws = { permutations: 199, bootstraps: 0 };
    const drift = (table: Table) =>
      estimateDrift(table, { controls: ["party", "news"], ...draws }).get("p_joint", 0);
    checkSize(`drift ${name}`, { kinds }, drift, studies);
    checkSize(`drift ${name}, within`, { kinds, within: true }, drift, studies);
    checkSize(`joint drift ${name}`, { kinds }, (table) => {
      return checkJointDrift(table, { controls: ["party", "news"], permutations: 199 }).get("p_value", 0);
    }, studies);
    checkSize(`sharp null ${name}`, { kinds }, (table) => {
      return checkSharpNull(table, { outcome, permutations: 199, exactLimit: 100 }).get("p_value", 0);
    }, studies);
  });
}
