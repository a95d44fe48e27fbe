import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Table, tableOfRows } from "@understudy/understudy/core";
import {
  estimateConsistency,
  estimateDirection,
  estimateRecall,
  estimateStability,
} from "@understudy/understudy/drift";
import { type EstimateRow, rowsWhere, rowWhere } from "./transcript_tables.ts";

interface Study {
  /** Whether a persona's answer at a turn arrived. */
  readonly answered: (arm: string, turn: number) => boolean;
  readonly personas?: number;
  readonly turns?: readonly number[];
}

/** Six personas, three in each arm, who tell their party rightly whenever they answer. */
function transcriptsOf({ answered, personas = 6, turns = [0, 1, 2] }: Study): Table {
  const rows = Array.from({ length: personas }, (_, i) => i).flatMap((i) => {
    const arm = i % 2 === 0 ? "control" : "threat";
    return turns.map((turn) => ({
      persona_id: `p${i}` as string | null,
      arm: arm as string | null,
      turn,
      role: "probe",
      value: answered(arm, turn) ? "left" : null,
      status: answered(arm, turn) ? "answered" : "failed",
      stated: "left",
    }));
  });
  const nobody = {
    persona_id: null,
    arm: null,
    turn: 0,
    role: "default",
    value: "none",
    status: "answered",
    stated: null as never,
  };
  const all = [...rows, nobody].map((row) => ({ ...row, item: "party", replicate: 1 }));
  return tableOfRows(all, Object.keys(all[0]!));
}

const fast = { permutations: 99, bootstraps: 50 };
const few = { permutations: 99 };

function assertNothingClaimed(rows: readonly EstimateRow[]): void {
  assert(rows.length > 0);
  for (const row of rows) {
    const numbers = [row.estimate, row.p_value, row.p_adjusted, row.conf_low, row.conf_high];
    assertEquals([row.outcome, row.verdict, ...numbers], [
      row.outcome,
      "not checked",
      NaN,
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
    assert(row.reason !== "", `${row.outcome} has no reason`);
  }
}

Deno.test("estimateStability() claims nothing where all dialogues failed", () => {
  const table = estimateStability(transcriptsOf({ answered: (_, turn) => turn === 0 }), fast);
  for (const outcome of ["decay rate", "half-life", "change per turn"]) {
    assertNothingClaimed(rowsWhere(table, { outcome }));
  }
  assertNothingClaimed(rowsWhere(table, { reference: "control" }));
  const rate = rowWhere(table, { outcome: "decay rate", term: "threat", reference: "" });
  assertStringIncludes(rate.reason, "answers at fewer than two turns (1): nothing is known of a decay");
  const nothing = estimateStability(transcriptsOf({ answered: () => false }), fast);
  // The no-persona level is known all the same: of answers without a persona, by what is stated.
  assertNothingClaimed(rowsWhere(nothing, {}).filter(({ outcome }) => outcome !== "no-persona level"));
});

Deno.test("estimateStability() claims nothing of an arm that refused, and leaves the other arm as it is", () => {
  const table = estimateStability(
    transcriptsOf({ answered: (arm, turn) => arm === "control" || turn === 0 }),
    fast,
  );
  assertNothingClaimed(rowsWhere(table, { outcome: "half-life", term: "threat" }));
  assertNothingClaimed(rowsWhere(table, { reference: "control" }));
  const slope = rowWhere(table, { outcome: "change per turn", term: "control" });
  assertEquals([slope.estimate, slope.verdict], [0, "no decay found"]);
});

Deno.test("estimateStability(floor: fitted) needs three turns with answers", () => {
  const two = estimateStability(transcriptsOf({ answered: () => true, turns: [0, 1] }), {
    ...fast,
    floor: "fitted",
  });
  assertStringIncludes(rowWhere(two, { outcome: "half-life", term: "control" }).reason, "three turns");
  assertNothingClaimed(rowsWhere(two, { outcome: "half-life" }));
  const three = estimateStability(transcriptsOf({ answered: () => true }), { ...fast, floor: "fitted" });
  assertNothingClaimed(rowsWhere(three, { outcome: "no-persona level" }));
  assertEquals(rowWhere(three, { outcome: "half-life", term: "control" }).estimate, Infinity);
});

Deno.test("estimates from transcripts compare no arm of a single persona", () => {
  const one = transcriptsOf({ answered: () => true, personas: 2 });
  const tables = [
    estimateStability(one, fast),
    estimateRecall(one, few),
    estimateDirection(one, few),
    estimateConsistency(one, few),
  ];
  for (const table of tables) assertNothingClaimed(rowsWhere(table, { reference: "control" }));
  const half = rowWhere(tables[0]!, { outcome: "half-life", term: "control" });
  assertEquals(half.verdict, "not checked");
  assertStringIncludes(half.reason, "fewer than two personas");
});

Deno.test("estimateRecall(), estimateDirection() and estimateConsistency() claim nothing where nothing was answered", () => {
  const failed = transcriptsOf({ answered: (_, turn) => turn === 0 });
  assertNothingClaimed(rowsWhere(estimateRecall(failed, few), { outcome: "recall" }));
  assertNothingClaimed(rowsWhere(estimateRecall(failed, few), { outcome: "change in recall" }));
  assertNothingClaimed(rowsWhere(estimateDirection(failed, few), { outcome: "change per turn" }));
  const consistency = rowsWhere(estimateConsistency(failed, few), {});
  assertNothingClaimed(consistency);
  const levels = consistency.filter(({ reference }) => reference === "");
  assert(levels.every(({ reason }) => !reason.includes("'judge'")), "a judge would not help");
});

Deno.test("estimateRecall(), estimateDirection() and estimateConsistency() claim nothing of an arm that refused", () => {
  const refused = transcriptsOf({ answered: (arm, turn) => arm === "control" || turn === 0 });
  const tables = [
    estimateRecall(refused, few),
    estimateDirection(refused, few),
    estimateConsistency(refused, few),
  ];
  for (const table of tables) assertNothingClaimed(rowsWhere(table, { reference: "control" }));
  assertNothingClaimed(rowsWhere(tables[0]!, { outcome: "recall", term: "threat" }));
  assertNothingClaimed(rowsWhere(tables[1]!, { outcome: "change per turn", term: "threat" }));
  assertEquals(rowWhere(tables[0]!, { outcome: "recall", term: "control" }).estimate, 1);
});

Deno.test("estimateRecall() takes answers before the dialogue for no test of it", () => {
  const before = transcriptsOf({ answered: () => true, turns: [0] });
  const rows = rowsWhere(estimateRecall(before, few), { outcome: "recall" });
  assertEquals(new Set(rows.map(({ verdict }) => verdict)), new Set(["not checked"]));
  assertStringIncludes(rows[0]!.reason, "before the dialogue (turn 0) alone");
});
