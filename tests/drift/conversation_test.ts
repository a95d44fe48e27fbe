import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import {
  estimateConsistency,
  estimateDirection,
  estimateRecall,
  estimateStability,
  type EstimateStabilityOptions,
} from "@understudy/understudy/drift";
import { drawTranscripts, rowsWhere, rowWhere } from "./transcript_tables.ts";

interface Line {
  readonly persona?: string | null;
  readonly arm?: string | null;
  readonly turn?: number;
  readonly kind?: string;
  readonly item?: string;
  readonly value?: unknown;
  readonly stated?: unknown;
  readonly range?: number | null;
  readonly replicate?: number;
  readonly status?: string;
}

function transcriptsOf(lines: readonly Line[]): Table {
  return tableOfRows(
    lines.map((line) => ({
      persona_id: line.persona === undefined ? "p1" : line.persona,
      arm: line.arm === undefined ? "control" : line.arm,
      turn: line.turn ?? 0,
      kind: line.kind ?? "probe",
      item: line.item ?? "party",
      value: line.value ?? null,
      stated: line.stated ?? null,
      range: line.range ?? null,
      replicate: line.replicate ?? 1,
      status: line.status ?? "answered",
    })),
    ["persona_id", "arm", "turn", "kind", "item", "value", "stated", "range", "replicate", "status"],
  );
}

const fast = { permutations: 99, bootstraps: 99 };

/** Personas of one arm with the exact curve floor + (1 − floor)·exp(−rate·turn): shares of a thousandth each. */
function exactCurve(rate: number, floor: number): Table {
  const turns = [0, 1, 2, 3, 5];
  return transcriptsOf(turns.flatMap((turn) => {
    const remembered = Math.round(1000 * (floor + (1 - floor) * Math.exp(-rate * turn)));
    return Array.from({ length: 1000 }, (_, i) => ({
      persona: `p${i}`,
      turn,
      value: i < remembered ? "left" : "none",
      stated: "left",
    }));
  }));
}

Deno.test("estimateStability() finds the rate and half-life of an exact curve, with a given floor and a fitted one", () => {
  for (const [rate, level] of [[0.2, 0], [0.7, 0.3]] as const) {
    const transcripts = exactCurve(rate, level);
    for (const floor of [level, "fitted"] as const) {
      const table = estimateStability(transcripts, { permutations: 99, bootstraps: 2, floor });
      assertAlmostEquals(rowWhere(table, { outcome: "decay rate" }).estimate, rate, 0.02);
      assertAlmostEquals(rowWhere(table, { outcome: "half-life" }).estimate, Math.LN2 / rate, 0.12);
      assertAlmostEquals(rowWhere(table, { outcome: "no-persona level" }).estimate, level, 0.02);
    }
  }
});

Deno.test("estimateStability() has an infinite half-life, with the reason, where nothing decays", () => {
  const table = estimateStability(exactCurve(0, 0), { ...fast, floor: 0 });
  const half = rowWhere(table, { outcome: "half-life" });
  // All answer alike: an interval from Infinity to Infinity would claim a certainty that a few personas cannot give.
  assertEquals([half.estimate, half.conf_low, half.conf_high], [Infinity, NaN, NaN]);
  assertStringIncludes(half.reason, "no interval: all answer alike");
  assertEquals(half.verdict, "not found");
  assertStringIncludes(half.notes, "no decay seen");
  assertEquals(rowWhere(table, { outcome: "decay rate" }).estimate, 0);
});

Deno.test("estimateStability() says where answers are no better than without a persona", () => {
  const table = estimateStability(exactCurve(0.2, 0), { ...fast, floor: 1 });
  const rate = rowWhere(table, { outcome: "decay rate" });
  assertEquals(rate.estimate, NaN);
  assertStringIncludes(rate.reason, "nothing to lose");
});

Deno.test("estimateStability() says where the curve ends below the level that it is held against", () => {
  const notes = (table: Table) =>
    ["no-persona level", "decay rate", "half-life"].map((outcome) => rowWhere(table, { outcome }).notes);
  for (const note of notes(estimateStability(exactCurve(0.5, 0.1), { ...fast, floor: 0.4 }))) {
    assertStringIncludes(note, "the curve ends below the level that it is held against (0.17 at turn 5");
    assertStringIncludes(note, 'try { floor: "fitted" }');
  }
  for (const floor of [0.1, "fitted"] as const) {
    const table = estimateStability(exactCurve(0.5, 0.1), { ...fast, floor });
    for (const note of notes(table)) assert(!note.includes("ends below"), note);
  }
});

Deno.test("estimateStability(floor) says whether a level was measured, given or fitted", () => {
  const source = (floor: "fitted" | number) =>
    rowWhere(estimateStability(exactCurve(0.5, 0.1), { ...fast, floor }), { outcome: "no-persona level" })
      .estimator;
  assertEquals([source(0.1), source("fitted")], ["given", "fitted"]);
});

Deno.test("estimateStability() says where all has decayed by the second turn", () => {
  const lines = [0, 2, 4].flatMap((turn) =>
    ["p1", "p2", "p3"].map((persona) => ({
      persona,
      turn,
      value: turn === 0 ? "left" : "none",
      stated: "left",
    }))
  );
  const rate = rowWhere(estimateStability(transcriptsOf(lines), { ...fast, floor: 0 }), {
    outcome: "decay rate",
  });
  assert(rate.estimate > 9);
  assertStringIncludes(rate.notes, "the rate is a lower bound");
});

Deno.test("estimateStability() scores a scale by 1 − |a − b| / range, others by being the same", () => {
  const lines = ["p1", "p2"].flatMap((persona) => [
    { persona, item: "trust", value: 2, range: 4, turn: 0 },
    { persona, item: "trust", value: 3, range: 4, turn: 0, replicate: 2 },
    { persona, item: "trust", value: 5, range: 4, turn: 1 },
    { persona, item: "several", value: ["b", "a"], turn: 0 },
    { persona, item: "several", value: ["a", "b"], turn: 0, replicate: 2 },
    { persona, item: "several", value: ["a"], turn: 1 },
    { persona, item: "voted", value: 1, stated: true, turn: 0 },
    { persona, item: "voted", value: 1, stated: true, turn: 1 },
    { persona, item: "age", value: 31, stated: "31", turn: 0 },
    { persona, item: "age", value: 32, stated: "31", turn: 1 },
  ]);
  const level = (probes: string) =>
    rowsWhere(estimateStability(transcriptsOf(lines), { ...fast, probes, floor: 0 }), {
      outcome: "stability",
    })
      .map(({ estimate }) => estimate);
  assertEquals(level("trust"), [0.75, 0.25]);
  assertEquals(level("several"), [1, 0]);
  assertEquals(level("voted"), [1, 1]);
  assertEquals(level("age"), [1, 0]);
});

Deno.test("estimateStability(against) holds answers against the own answer or what is stated", () => {
  const lines = ["p1", "p2"].flatMap((persona) => [
    { persona, value: "right", stated: "left", turn: 0 },
    { persona, value: "right", stated: "left", turn: 0, replicate: 2 },
    { persona, value: "right", stated: "left", turn: 1 },
  ]);
  const levels = (against: "own" | "stated") =>
    rowsWhere(estimateStability(transcriptsOf(lines), { ...fast, against, floor: 0.5 }), {
      outcome: "stability",
    });
  assertEquals(levels("own").map(({ estimate }) => estimate), [1, 1]);
  assertEquals(levels("stated").map(({ estimate }) => estimate), [0, 0]);
  assertStringIncludes(levels("own")[0]!.notes, "own answer before the dialogue: party");
});

Deno.test("estimateStability(probes) are those with a right answer where there are some, and the notes name them", () => {
  const lines = ["p1", "p2"].flatMap((persona) =>
    [0, 1].flatMap((turn) => [
      { persona, turn, value: "left", stated: "left" },
      { persona, turn, item: "voted", value: turn },
      { persona, turn, item: "voted", value: turn, replicate: 2 },
    ])
  );
  const last = (options: EstimateStabilityOptions) =>
    rowWhere(estimateStability(transcriptsOf(lines), { ...fast, floor: 0, ...options }), {
      outcome: "stability",
      turn: 1,
    });
  assertEquals(last({}).estimate, 1);
  assertStringIncludes(last({}).notes, "held against what the persona's text states: party");
  assertStringIncludes(last({}).notes, "states nothing of them: voted (name them in 'probes')");
  assertEquals(last({ probes: ["party", "voted"] }).estimate, 1 / 3);
  assertEquals(last({ probes: "voted" }).estimate, 0);
  assertStringIncludes(last({ against: "own" }).notes, "own answer before the dialogue: party, voted");
});

Deno.test("estimateStability() measures the no-persona level by agreement of default answers with each standard", () => {
  const lines: Line[] = [
    ...["left", "left", "right"].map((value, i) => ({
      persona: null,
      arm: null,
      kind: "default",
      value,
      replicate: i + 1,
    })),
    ...["left", "right"].flatMap((stated) =>
      [0, 1].map((turn) => ({ persona: stated, turn, value: stated, stated }))
    ),
  ];
  const floor = rowWhere(estimateStability(transcriptsOf(lines), fast), { outcome: "no-persona level" });
  // One persona agrees with 2 of 3 default answers, the other with 1 of 3.
  assertAlmostEquals(floor.estimate, 0.5, 1e-12);
});

Deno.test("no answer is dropped unseen: missing ones are counted in the notes", () => {
  const lines = ["p1", "p2", "p3"].flatMap((persona) => [
    { persona, value: "left", stated: "left", turn: 0 },
    {
      persona,
      value: persona === "p1" ? null : "left",
      stated: "left",
      turn: 1,
      status: persona === "p1" ? "refused" : "answered",
    },
  ]);
  const transcripts = transcriptsOf(lines);
  const at = rowWhere(estimateStability(transcripts, { ...fast, floor: 0 }), {
    outcome: "stability",
    turn: 1,
  });
  assertEquals([at.n, at.estimate], [2, 1]);
  assertStringIncludes(at.notes, "1 of 3 answers are missing and left out");
  const recall = rowWhere(estimateRecall(transcripts), { outcome: "recall" });
  assertStringIncludes(recall.notes, "1 of 3 answers are missing");
});

Deno.test("a persona that answered in one of its arms is left out of the difference, and counted", () => {
  const lines = ["p1", "p2", "p3", "p4"].flatMap((persona) =>
    ["control", "threat"].map((arm) => {
      const silent = persona === "p4" && arm === "threat";
      return { persona, arm, turn: 1, stated: "left", value: silent ? null : "left" };
    })
  );
  const row = rowWhere(estimateRecall(transcriptsOf(lines), { permutations: 99 }), { reference: "control" });
  assertEquals([row.n, row.estimate, row.p_value], [3, 0, 1]);
  assertEquals(row.design, "within personas");
  assertStringIncludes(row.notes, "answered in one: 1");
});

Deno.test("estimateRecall() has the Wilson interval where every persona has one attribute", () => {
  const lines = Array.from({ length: 50 }, (_, i) => ({
    persona: `p${i}`,
    turn: 1,
    stated: "left",
    value: i < 45 ? "left" : "right",
  }));
  const row = rowWhere(estimateRecall(transcriptsOf(lines)), { outcome: "recall" });
  // Wilson with n − 1 trials (the sample variance) and Student's t with 49 df, computed by hand.
  const [p, n, t] = [0.9, 49, 2.009575237129236];
  const half = t / (1 + t * t / n) * Math.sqrt(p * (1 - p) / n + t * t / (4 * n * n));
  assertAlmostEquals(row.conf_low, (p + t * t / (2 * n)) / (1 + t * t / n) - half, 1e-9);
  const all = rowWhere(estimateRecall(transcriptsOf(lines.slice(0, 45))), { outcome: "recall" });
  assertEquals(all.estimate, 1);
  assertAlmostEquals(all.conf_high, 1, 1e-12);
  assert(all.conf_low > 0.9 && all.conf_low < 0.95, "an interval where every answer is right");
  assertEquals([row.verdict, all.verdict], ["not found", "within margin"]);
});

Deno.test("estimateRecall() compares each attribute and the turn asked for, and the change since turn 0", () => {
  const transcripts = drawTranscripts(
    { personas: 80, rates: { control: 0, threat: 0.5 }, turns: [1, 4] },
    stream(1, "recall"),
  );
  const table = estimateRecall(transcripts, { permutations: 199 });
  assertEquals(rowsWhere(table, { outcome: "recall", reference: "" }).length, 2 * 3);
  assertEquals(rowsWhere(table, { reference: "control" }).map(({ verdict }) => verdict), [
    "found",
    "found",
    "found",
  ]);
  assertEquals(
    rowsWhere(table, { outcome: "change in recall" }).map(({ arm, verdict }) => [arm, verdict]),
    [
      ["control", "not found"],
      ["threat", "found"],
    ],
  );
  assertEquals(rowsWhere(estimateRecall(transcripts, { turn: 1, permutations: 9 }), { turn: 4 }), []);
});

Deno.test("estimateDirection() finds personas that slide to the default, and their arm", () => {
  const transcripts = drawTranscripts(
    { personas: 80, rates: { control: 0, threat: 0.3 }, turns: [1, 2, 4, 8] },
    stream(2, "direction"),
  );
  const table = estimateDirection(transcripts, { permutations: 199, probes: "trust" });
  const slopes = rowsWhere(table, { outcome: "change per turn" });
  assertEquals(slopes.map(({ arm, verdict }) => [arm, verdict]), [
    ["control", "not found"],
    ["threat", "found"],
    ["threat", "found"],
  ]);
  assertStringIncludes(slopes[1]!.notes, "toward the default");
  assertStringIncludes(slopes[2]!.notes, "confounder");
});

Deno.test("estimateConsistency() tells agreement with oneself from agreement with the persona", () => {
  // Everybody forgets by turn 1 and stays with the new answer.
  const lines = Array.from({ length: 10 }, (_, i) => i).flatMap((i) =>
    [0, 1, 2, 3].map((turn) => ({
      persona: `p${i}`,
      turn,
      stated: "left",
      value: turn === 0 ? "left" : "none",
    }))
  );
  const table = estimateConsistency(transcriptsOf(lines));
  const rate = (outcome: string) => rowWhere(table, { outcome }).estimate;
  assertEquals([rate("prompt to line"), rate("line to line"), rate("question and answer")], [0, 1, 0]);
});

Deno.test("estimateConsistency() asks for a judge where lines are free text, and refuses one that leaves 0 to 1", () => {
  const lines = ["p1", "p2"].flatMap((persona) =>
    [1, 2].map((turn) => ({ persona, turn, kind: "line", item: "line", value: `hello ${turn}` }))
  );
  const transcripts = transcriptsOf(lines);
  const table = estimateConsistency(transcripts);
  assertEquals(new Set(table.array("verdict") as string[]), new Set(["cannot tell"]));
  assertStringIncludes(
    rowWhere(table, { outcome: "prompt to line" }).reason,
    "lines are free text: give a 'judge'",
  );
  const judged = estimateConsistency(transcripts, { judge: (a, b) => a.length === b.length ? 1 : 0 });
  assertEquals(rowWhere(judged, { outcome: "line to line" }).estimate, 1);
  assertThrows(() => estimateConsistency(transcripts, { judge: () => 2 }), RangeError, "'judge' must return");
});

Deno.test("relabelling personas, arms and rows changes no estimate", () => {
  const transcripts = drawTranscripts(
    { personas: 30, rates: { control: 0.1, threat: 0.3 }, turns: [1, 3] },
    stream(3, "relabel"),
  );
  const rows = (transcripts.objects() as { [column: string]: unknown }[]).reverse()
    .map((row) => ({ ...row, persona_id: row.persona_id === null ? null : `x${row.persona_id}` }));
  const shuffled = tableOfRows(rows, transcripts.columnNames());
  for (const estimate of [estimateStability, estimateDirection, estimateConsistency]) {
    const [one, other] = [transcripts, shuffled].map((table) =>
      estimate(
        table,
        { permutations: 9, ...(estimate === estimateStability ? { bootstraps: 0 } : {}) } as never,
      )
    );
    const [first, second] = [one!, other!].map((table) => table.array("estimate") as number[]);
    first!.forEach((value, i) => assertAlmostEquals(second![i]!, value, 1e-6));
  }
});

Deno.test("an estimate with a seed is the same again; one arm alone has no comparisons", () => {
  const transcripts = drawTranscripts(
    { personas: 20, rates: { control: 0.1, threat: 0.3 }, turns: [1, 3] },
    stream(4, "seed"),
  );
  const once = estimateStability(transcripts, { ...fast, seed: 7 });
  assertEquals(estimateStability(transcripts, { ...fast, seed: 7 }).objects(), once.objects());
  const alone = tableOfRows(
    (transcripts.objects() as { [column: string]: unknown }[]).filter(({ arm }) => arm !== "threat"),
    transcripts.columnNames(),
  );
  assertEquals(rowsWhere(estimateStability(alone, fast), { reference: "control" }), []);
});

Deno.test("clusters count as one, and arms change places within blocks", () => {
  const transcripts = drawTranscripts(
    { personas: 40, rates: { control: 0.1, threat: 0.1 }, turns: [1, 3] },
    stream(5, "clusters"),
  );
  const persona = transcripts.array("persona_id") as (number | null)[];
  const clustered = transcripts.assign(tableOf({
    // Pairs of personas of the same arm.
    cluster: persona.map((id) => id === null ? null : `${id % 2}:${Math.floor(id / 4)}`),
    block: persona.map((id) => id === null ? null : id % 8 < 4 ? "a" : "b"),
  })) as Table;
  const row = rowWhere(
    estimateRecall(clustered, { permutations: 99, clusters: "cluster", blocks: "block" }),
    { reference: "control", item: "" },
  );
  assertEquals(row.n, 20);
  assertEquals(row.design, "across clusters within blocks");
});

Deno.test("estimates from transcripts name what is wrong with their arguments", () => {
  const good = transcriptsOf([{ stated: "left", value: "left" }, { stated: "left", value: "left", turn: 1 }]);
  assertThrows(
    () => estimateStability(tableOf({ turn: [1] })),
    RangeError,
    "no column 'kind', 'item', 'value'",
  );
  assertThrows(
    () => estimateStability(good, { probes: "age" }),
    RangeError,
    "'probes' names 'age': the probes are party",
  );
  assertThrows(
    () => estimateStability(good, { floor: 2 }),
    RangeError,
    "'floor' must be measured, fitted or a number",
  );
  assertThrows(
    () => estimateStability(good, { floor: "measured" }),
    RangeError,
    "no answers without a persona",
  );
  assertThrows(
    () => estimateStability(good, { against: "other" as never }),
    RangeError,
    "'against' must be one of",
  );
  assertThrows(() => estimateStability(good, { turn: 1 } as never), TypeError, "option 'turn' is unknown");
  assertThrows(() => estimateStability(good, { alpha: 2 }), RangeError, "'alpha' must lie between 0 and 1");
  assertThrows(() => estimateStability(good, { reference: "x" }), RangeError, "at least two arms");
  const one = transcriptsOf([{ stated: "left", value: "left", turn: 1 }]);
  assertThrows(() => estimateStability(one), RangeError, "scores at two turns or more");
  assertThrows(() => estimateDirection(good), RangeError, "no answers without a persona");
  assertThrows(() => estimateRecall(transcriptsOf([{ value: 1 }])), RangeError, "states nothing of party");
  assertThrows(() => estimateRecall(good, { turn: 4 }), RangeError, "'turn' must be one with probes");
  assertThrows(
    () => estimateRecall(transcriptsOf([{ kind: "other" }])),
    RangeError,
    "be line, probe, default, answer or payoff",
  );
  assertThrows(() => estimateRecall(transcriptsOf([{ turn: -1 }])), RangeError, "be a number of at least 0");
  assertThrows(
    () => estimateConsistency(good, { judge: "x" as never }),
    TypeError,
    "'judge' must be a function",
  );
});

Deno.test("estimates from transcripts show a difference of 0 as 0, without noise of rounding", () => {
  // Thirds and tenths, whose sums are rounded otherwise in each order.
  const lines = Array.from({ length: 30 }, (_, i) => i).flatMap((i) =>
    [0, 1, 2].flatMap((turn) =>
      ["a", "b", "c"].map((item, j) => ({
        persona: `p${i}`,
        arm: i % 2 === 0 ? "control" : "threat",
        turn,
        item,
        value: 1 + (Math.floor(i / 2) + j) % 3 * 0.7,
        stated: 1,
        range: 3,
      }))
    )
  );
  const tables = [
    estimateStability(transcriptsOf(lines), { ...fast, floor: 0 }),
    estimateRecall(transcriptsOf(lines), { permutations: 99 }),
    estimateConsistency(transcriptsOf(lines), { permutations: 99 }),
  ];
  for (const row of tables.flatMap((table) => rowsWhere(table, {}))) {
    for (const value of [row.estimate, row.std_error, row.conf_low, row.conf_high]) {
      assert(!(Math.abs(value) > 0 && Math.abs(value) < 1e-12), `${row.outcome} ${row.arm}: ${value}`);
    }
  }
});
