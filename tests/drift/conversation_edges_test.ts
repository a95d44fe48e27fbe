import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
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
      kind: "probe",
      value: answered(arm, turn) ? "left" : null,
      status: answered(arm, turn) ? "answered" : "failed",
      stated: "left",
    }));
  });
  const nobody = {
    persona_id: null,
    arm: null,
    turn: 0,
    kind: "default",
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
      "cannot tell",
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
  const rate = rowWhere(table, { outcome: "decay rate", arm: "threat", reference: "" });
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
  assertNothingClaimed(rowsWhere(table, { outcome: "half-life", arm: "threat" }));
  assertNothingClaimed(rowsWhere(table, { reference: "control" }));
  const slope = rowWhere(table, { outcome: "change per turn", arm: "control" });
  assertEquals([slope.estimate, slope.verdict], [0, "not found"]);
});

Deno.test("estimateStability(floor: fitted) needs three turns with answers", () => {
  const two = estimateStability(transcriptsOf({ answered: () => true, turns: [0, 1] }), {
    ...fast,
    floor: "fitted",
  });
  assertStringIncludes(rowWhere(two, { outcome: "half-life", arm: "control" }).reason, "three turns");
  assertNothingClaimed(rowsWhere(two, { outcome: "half-life" }));
  const three = estimateStability(transcriptsOf({ answered: () => true }), { ...fast, floor: "fitted" });
  assertNothingClaimed(rowsWhere(three, { outcome: "no-persona level" }));
  assertEquals(rowWhere(three, { outcome: "half-life", arm: "control" }).estimate, Infinity);
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
  const half = rowWhere(tables[0]!, { outcome: "half-life", arm: "control" });
  assertEquals(half.verdict, "cannot tell");
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
  assertNothingClaimed(rowsWhere(tables[0]!, { outcome: "recall", arm: "threat" }));
  assertNothingClaimed(rowsWhere(tables[1]!, { outcome: "change per turn", arm: "threat" }));
  assertEquals(rowWhere(tables[0]!, { outcome: "recall", arm: "control" }).estimate, 1);
});

Deno.test("estimateRecall() takes answers before the dialogue for no test of it", () => {
  const before = transcriptsOf({ answered: () => true, turns: [0] });
  const rows = rowsWhere(estimateRecall(before, few), { outcome: "recall" });
  assertEquals(new Set(rows.map(({ verdict }) => verdict)), new Set(["cannot tell"]));
  assertStringIncludes(rows[0]!.reason, "before the dialogue (turn 0) alone");
});

/** The decay of six personas in each of two arms over three turns. */
function decayOf(value: (persona: number, turn: number) => string): EstimateRow[] {
  const rows = Array.from({ length: 36 }, (_, i) => ({ persona: i % 12, turn: Math.floor(i / 12) }));
  const transcripts = tableOf({
    persona_id: rows.map(({ persona }) => persona),
    arm: rows.map(({ persona }) => persona % 2 === 0 ? "control" : "threat"),
    turn: rows.map(({ turn }) => turn),
    kind: rows.map(() => "probe"),
    item: rows.map(() => "party"),
    value: rows.map(({ persona, turn }) => value(persona, turn)),
    stated: rows.map(() => "left"),
  });
  const stability = estimateStability(transcripts, { reference: "control", floor: 0, bootstraps: 100 });
  const rates = ["decay rate", "half-life"];
  return rowsWhere(stability, {}).filter(({ outcome }) => rates.includes(outcome));
}

Deno.test("estimateStability(answers that are all alike) does not say that it is certain of the half-life", () => {
  for (const value of [() => "left", (_: number, turn: number) => turn < 2 ? "left" : "none"]) {
    const rows = decayOf(value);
    assertEquals(rows.length, 5);
    for (const { std_error, conf_low, conf_high, reason, outcome } of rows) {
      assertEquals([conf_low, conf_high], [NaN, NaN], outcome);
      assert(Number.isNaN(std_error));
      assertStringIncludes(reason, "all answer alike");
    }
  }
});

Deno.test("estimateStability(answers that differ) has an interval of the half-life", () => {
  for (
    const { outcome, conf_low, conf_high } of decayOf((persona, turn) => persona % 5 < turn ? "none" : "left")
  ) {
    assert(conf_low < conf_high, outcome);
  }
});
