import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkJointDrift, estimateDrift, planDrift } from "@understudy/understudy/drift";
import type { Bench } from "./bench.ts";

const controls = Array.from({ length: 10 }, (_, control) => `control_${control}`);

/** Personas in two arms who answered ten controls of five categories each. */
function answersOf(n: number): Table {
  const random = stream(1, "bench", "drift");
  const columns: { [name: string]: unknown[] } = {
    persona_id: Array.from({ length: n }, (_, persona) => persona),
    arm: Array.from({ length: n }, (_, persona) => persona % 2 === 0 ? "control" : "treated"),
  };
  for (const control of controls) columns[control] = Array.from({ length: n }, () => random.integer(5));
  return tableOf(columns);
}

/** Drift. Memory: 100,000 personas with ten answers each. */
export const benches: readonly Bench[] = [
  {
    name: "drift of 10 controls x 5 categories, 2,000 personas, 2,000 permutations and bootstraps",
    targetSeconds: 0.5,
    references: {},
    prepare: () => {
      const answers = answersOf(2000);
      return () => estimateDrift(answers, { controls });
    },
  },
  {
    name: "drift of 10 controls x 5 categories, 100,000 personas, 2,000 permutations and bootstraps",
    targetSeconds: 10,
    references: {},
    prepare: () => {
      const answers = answersOf(100_000);
      return () => estimateDrift(answers, { controls });
    },
  },
  {
    name: "joint drift of 10 controls x 5 categories by energy, 2,000 personas, 999 permutations",
    targetSeconds: 5,
    references: {},
    prepare: () => {
      const answers = answersOf(2000);
      return () => checkJointDrift(answers, { controls });
    },
  },
  {
    name: "personas that find drift of .1 with power .8",
    targetSeconds: 1,
    references: {},
    prepare: () => () => planDrift({ distance: 0.1 }),
  },
];
