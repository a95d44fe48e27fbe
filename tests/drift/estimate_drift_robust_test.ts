import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkJointDrift, compareRepairs, estimateDrift } from "@understudy/understudy/drift";
import { rowsOf } from "./drift_tables.ts";

const rows = Array.from({ length: 60 }, (_, i) => i);
const arm = rows.map((i) => i < 30 ? "control" : "threat");
const fast = { permutations: 199, bootstraps: 99 };

interface Answer {
  readonly persona_id: string;
  readonly arm: string;
  readonly replicate: number;
  readonly item: string;
  readonly value: number | null;
  readonly block: string;
}

/** Answers in three arms with everything at once: other replicates, blocks and refusals for each persona. */
function answersOf(items: readonly string[], within: boolean): Answer[] {
  return Array.from({ length: 45 }, (_, i) => `p${i}`).flatMap((persona_id, i) =>
    (within ? ["control", "mild", "strong"] : [["control", "mild", "strong"][i % 3]!]).flatMap((arm) =>
      items.flatMap((item) => {
        const random = stream(1, persona_id, arm, item);
        return Array.from({ length: 1 + random.integer(3) }, (_, replicate) => ({
          persona_id,
          arm,
          replicate,
          item,
          value: random.integer(8) === 0 ? null : random.integer(4),
          block: `b${i % 2}`,
        }));
      })
    )
  );
}

const tableFrom = (answers: readonly Answer[]): Table =>
  tableOf(Object.fromEntries(
    (Object.keys(answers[0]!) as (keyof Answer)[]).map((name) => [name, answers.map((one) => one[name])]),
  ));

for (const within of [false, true]) {
  const named = within ? "within" : "between";

  Deno.test(`estimateDrift(answers) does not depend on the order of rows: three arms, replicates, refusals, ${named} personas`, () => {
    const answers = answersOf(["news", "garden"], within);
    const shuffled = stream(2, "rows").shuffle(answers);
    const options = { controls: ["news", "garden"], blocks: "block", permutations: 199 };
    assertEquals(
      rowsOf(estimateDrift(tableFrom(shuffled), { ...options, bootstraps: 99 })),
      rowsOf(estimateDrift(tableFrom(answers), { ...options, bootstraps: 99 })),
    );
    assertEquals(
      rowsOf(checkJointDrift(tableFrom(shuffled), options)),
      rowsOf(checkJointDrift(tableFrom(answers), options)),
    );
  });

  Deno.test(`estimateDrift(answers) draws a control alike whatever stands beside it, ${named} personas with replicates`, () => {
    const numbers = ["statistic", "null_mean", "p_value", "conf_low", "conf_high"];
    const of = (controls: readonly string[]) =>
      rowsOf(
        estimateDrift(tableFrom(answersOf(controls, within)), {
          controls,
          ...fast,
          blocks: "block",
          missing: false,
        }),
      )
        .filter(({ control }) => control === "news").map((row) => numbers.map((name) => row[name]));
    assertEquals(of(["garden", "news", "worship"]), of(["news"]));
  });
}

Deno.test("estimateDrift(answers) reads controls whatever their names", () => {
  const value = rows.map((i) => i % 3);
  const names = ["value", "item", "status", "row number", "__proto__", "constructor", "toString"];
  const plain = rowsOf(estimateDrift(tableOf({ persona_id: rows, arm, news: value }), { controls: "news" }));
  for (const name of names) {
    const long = {
      persona_id: rows,
      arm,
      item: rows.map(() => name),
      value,
      status: rows.map(() => "answered"),
    };
    const levels = name === "__proto__" ? {} : { [name]: [0, 1, 2] };
    const drift = rowsOf(estimateDrift(tableOf(long), { controls: name, levels }));
    assertEquals(drift.length, 1);
    assertEquals(drift[0]!.p_value, plain[0]!.p_value);
    assertEquals(drift[0]!.control, name);
    if (name === "__proto__" || name === "item" || name === "value") continue;
    const wide = tableOf({ persona_id: rows, arm, [name]: value });
    assertEquals(rowsOf(estimateDrift(wide, { controls: name }))[0]!.p_value, plain[0]!.p_value);
  }
  const taken = tableOf({ persona_id: rows, arm, "missing answers": value });
  assertThrows(() => estimateDrift(taken, { controls: "missing answers" }), RangeError, "a row of its own");
});

Deno.test("estimateDrift(answers) tells dates apart, and knows one that is none", () => {
  const days = rows.map((i) => i % 10 === 0 ? new Date("nonsense") : new Date(2020, 0, 1 + i % 3));
  const texts = days.map((day, i) => i % 10 === 0 ? null : day.toISOString());
  const of = (day: unknown[]) => rowsOf(estimateDrift(tableOf({ arm, day }), { controls: "day", ...fast }));
  assertEquals(of(days), of(texts));
  assert(Number(of(days)[0]!.statistic) >= 0);
});

Deno.test("estimateDrift(answers) counts numbers written differently as it sorts them, whatever the order of rows", () => {
  const spelt = rows.map((i) => ["1", "1.0", "01", "2"][i % 4]);
  const of = (order: number[]) =>
    rowsOf(estimateDrift(
      tableOf({ persona_id: order, arm: order.map((i) => arm[i]), x: order.map((i) => spelt[i]) }),
      { controls: "x", ...fast },
    ));
  assertEquals(of(rows.toReversed()), of(rows));
});

Deno.test("estimateDrift(answers, { levels }) names levels of what is no control", async () => {
  const table = tableOf({ arm, party: rows.map((i) => i % 2 ? "left" : "right") });
  const levels = { patry: ["left", "right"] };
  assertThrows(
    () => estimateDrift(table, { controls: "party", levels }),
    RangeError,
    "'levels' must name controls (party): current value is \"patry\"",
  );
  let ran = false;
  const error = await compareRepairs(() => {
    ran = true;
    return Promise.resolve(table);
  }, { repairs: { a: 1, b: 2 }, controls: "party", levels }).catch((error) => error);
  assert(error instanceof RangeError && !ran);
});

Deno.test("estimateDrift(answers) does not call it 'not found' where adjustment leaves no p-value small enough", () => {
  const names = Array.from({ length: 10 }, (_, i) => `control_${i}`);
  const table = tableOf({ arm, ...Object.fromEntries(names.map((name) => [name, arm])) });
  const few = rowsOf(estimateDrift(table, { controls: names, permutations: 99, bootstraps: 0 }));
  assertEquals(few.map(({ p_value }) => p_value), names.map(() => 0.01));
  assertEquals(new Set(few.map(({ verdict }) => verdict)), new Set(["cannot tell"]));
  assert(String(few[0]!.reason).includes("smallest possible p-value is 0.010, 0.10 when adjusted"));
  const many = rowsOf(estimateDrift(table, { controls: names, permutations: 999, bootstraps: 0 }));
  assertEquals(new Set(many.map(({ verdict }) => verdict)), new Set(["found"]));
});

Deno.test("estimateDrift(answers) takes as many personas as there are, where some answered twice", () => {
  const n = 130_000;
  const ids = Array.from({ length: n + 10 }, (_, i) => i % n);
  const table = tableOf({
    persona_id: ids,
    arm: ids.map((id) => id % 2 ? "threat" : "control"),
    x: ids.map((id) => id % 3),
  });
  const [drift] = rowsOf(estimateDrift(table, { controls: "x", permutations: 1, bootstraps: 0 }));
  assertAlmostEquals(drift!.statistic as number, 0, 1e-4);
  assertNotEquals(drift!.p_value, NaN);
});

Deno.test("estimateDrift(answers) leaves open what none of n personas showed: (1 − s)^n", () => {
  const pairs = (n: number) => Array.from({ length: 2 * n }, (_, i) => i % n);
  const of = (n: number, margin: number) =>
    rowsOf(estimateDrift(
      tableOf({
        persona_id: pairs(n),
        arm: pairs(n).map((_, i) => i < n ? "control" : "threat"),
        party: pairs(n).map((id) => id % 3),
      }),
      { controls: "party", margin, ...fast },
    ))[0]!;
  for (const n of [6, 60, 600]) {
    const { statistic, conf_low, conf_high, p_equivalence } = of(n, 0.04);
    assertEquals([statistic, conf_low], [0, 0]);
    assertAlmostEquals(conf_high as number, 1 - 0.025 ** (1 / n), 1e-12);
    assertAlmostEquals(p_equivalence as number, 0.96 ** n, 1e-4);
  }
  assertEquals(of(6, 0.04).verdict, "cannot tell");
  assertEquals(of(600, 0.04).verdict, "within margin");
});

Deno.test("estimateDrift(answers) says that one persona or cluster in an arm leaves every drift possible", () => {
  const cluster = rows.map((i) => i < 30 ? 0 : 1 + i % 5);
  const table = tableOf({ cluster, arm, x: rows.map((i) => i % 2) });
  const [row] = rowsOf(estimateDrift(table, { controls: "x", clusters: "cluster", margin: 0.2, ...fast }));
  assertEquals([row!.conf_low, row!.conf_high, row!.p_equivalence], [0, 1, 1]);
});

Deno.test("estimateDrift(answers, { measures }) has the interval of one measure whatever others are asked for", () => {
  const table = tableOf({ arm, x: rows.map((i) => i < 30 ? "a" : "b") });
  const drift = rowsOf(estimateDrift(table, {
    controls: "x",
    measures: ["total variation", "Jensen-Shannon"],
    ...fast,
  }));
  const [alone] = rowsOf(estimateDrift(table, { controls: "x", ...fast }));
  assertEquals([drift[0]!.conf_low, drift[0]!.conf_high], [alone!.conf_low, alone!.conf_high]);
  assert((alone!.conf_low as number) > 0.85);
  assertEquals([drift[1]!.statistic, drift[1]!.verdict], [1, "found"]);
});

Deno.test("estimateDrift(answers, { bootstraps: 1 }) says why there is no interval", () => {
  const table = tableOf({ arm, x: rows.map((i) => i % 2) });
  const [row] = rowsOf(estimateDrift(table, { controls: "x", bootstraps: 1 }));
  assertEquals(row!.conf_high, NaN);
  assert(String(row!.reason).includes("no interval as 'bootstraps' is 1"));
});

Deno.test("estimateDrift(answers) of a conversation asks for one step of its probes, and takes one", () => {
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const answers = tableOf({
    persona_id: rows.map((i) => `p${i % 40}`),
    arm: rows.map((i) => i % 2 ? "control" : "threat"),
    step: rows.map((i) => ["before", "during", "after"][Math.floor(i / 40)]!),
    kind: rows.map(() => "probe"),
    item: rows.map(() => "news"),
    value: rows.map((i) => (i * 7) % 3 ? "paper" : "web"),
    status: rows.map(() => "answered"),
  });
  assertThrows(
    () => estimateDrift(answers, { controls: "news" }),
    RangeError,
    "Cannot estimate drift as 'news' was asked in several steps (before, during, after)",
  );
  const last = answers.filter("d => d.step === 'after'");
  assertEquals(estimateDrift(last, { controls: "news", permutations: 99 }).get("n", 0), 40);
});
