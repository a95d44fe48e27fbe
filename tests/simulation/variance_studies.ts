import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";

/** A design for variance components with known truth. */
export interface VarianceStudy {
  /** What it is. */
  readonly name: string;
  /** The true variances. */
  readonly variances: { readonly [component: string]: number };
  /** One table of answers. */
  readonly draw: (random: RandomStream) => Table;
}

interface Row {
  persona_id: string;
  arm: string;
  wording: number;
  model: string;
}

/** Draws an effect for each group of each source and adds a draw of each row's own. */
function answer(
  random: RandomStream,
  rows: readonly Row[],
  variances: VarianceStudy["variances"],
  effect: number,
): Table {
  const keys: { [component: string]: (row: Row) => string } = {
    persona: (row) => row.persona_id,
    "persona:arm": (row) => `${row.persona_id}|${row.arm}`,
    wording: (row) => `${row.wording}|${row.arm}`,
    model: (row) => row.model,
    "model:arm": (row) => `${row.model}|${row.arm}`,
  };
  const drawn = new Map<string, number>();
  const y = rows.map((row) => {
    let value = (row.arm === "threat" ? effect : 0) + Math.sqrt(variances.draw!) * random.normal();
    for (const [component, variance] of Object.entries(variances)) {
      if (component === "draw") continue;
      const key = `${component}|${keys[component]!(row)}`;
      if (!drawn.has(key)) drawn.set(key, Math.sqrt(variance) * random.normal());
      value += drawn.get(key)!;
    }
    return value;
  });
  const names = ["persona_id", "arm", "wording", "model"] as const;
  return tableOf({ ...Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])), y });
}

function study(
  name: string,
  variances: VarianceStudy["variances"],
  rowsOf: (random: RandomStream) => Row[],
): VarianceStudy {
  const effect = 0.5;
  return { name, variances, draw: (random) => answer(random, rowsOf(random), variances, effect) };
}

const arms = ["control", "threat"];

/** Between subjects, wordings nested in arms, one model: 6 wordings, 6 personas each with 2 replies. */
const wordings = study(
  "wordings nested in arms, two replies per persona",
  { persona: 0.8, wording: 0.4, draw: 0.6 },
  () =>
    arms.flatMap((arm) =>
      Array.from({ length: 72 }, (_, i) => ({
        persona_id: `${arm}${Math.floor(i / 2)}`,
        arm,
        wording: Math.floor(i / 12),
        model: "m",
      }))
    ),
);

/** Every persona in both arms, asked by each of six models. */
const models = study(
  "models crossed with personas and arms",
  { persona: 0.6, "persona:arm": 0.3, model: 0.5, "model:arm": 0.2, draw: 0.5 },
  () =>
    arms.flatMap((arm) =>
      Array.from({ length: 72 }, (_, i) => ({
        persona_id: String(i % 12),
        arm,
        wording: 1,
        model: `m${Math.floor(i / 12)}`,
      }))
    ),
);

/** Sizes that vary: rows fall where chance puts them. */
const unbalanced = study(
  "unbalanced: personas, wordings and models as chance puts them",
  { persona: 0.5, wording: 0.3, model: 0.4, draw: 0.8 },
  (random) =>
    Array.from({ length: 160 }, () => {
      const persona = random.integer(40);
      return {
        persona_id: String(persona),
        arm: arms[persona % 2]!,
        wording: Math.floor(8 * random.uniform() ** 1.5),
        model: `m${Math.floor(8 * random.uniform() ** 1.5)}`,
      };
    }),
);

/** The studies. */
export const varianceStudies: readonly VarianceStudy[] = [wordings, models, unbalanced];
