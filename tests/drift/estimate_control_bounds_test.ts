import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf, tableOfRows } from "@understudy/understudy/core";
import {
  estimateControlBounds,
  type EstimateControlBoundsOptions,
  estimateDrift,
} from "@understudy/understudy/drift";
import { estimateEffects } from "@understudy/understudy/estimation";
import { leastSquares, studentTQuantile } from "@understudy/understudy/stats";

/** An outcome that hangs on who reads which newspaper; `past` is a number that follows the same trait. */
function draw(seed: number, { n = 240, drift = 0.2, effect = 1 } = {}): Table {
  const random = stream(seed, "control bounds");
  return tableOfRows(
    Array.from({ length: n }, (_, i) => {
      const treated = i % 2;
      const right = random.uniform() < 0.4 + drift * treated;
      return {
        persona_id: `p${i}`,
        arm: treated ? "threat" : "control",
        paper: right ? "right" : "left",
        past: (right ? 1 : 0) + random.normal(),
        pet: random.integer(2) ? "cat" : "dog",
        y: effect * treated + (right ? 1.5 : 0) + random.normal(),
      };
    }),
    ["persona_id", "arm", "paper", "past", "pet", "y"],
  );
}

const quick = { bootstraps: 199 };
const numbers = (table: Table, name: string) => columnOf<number>(table, name);

function bound(table: Table, options: Partial<EstimateControlBoundsOptions> = {}): Table {
  const effects = options.effects ?? estimateEffects(table, { outcome: "y" });
  return estimateControlBounds(table, { controls: "paper", ...quick, ...options, effects });
}

Deno.test("estimateControlBounds(kappa: 0) is the effect with its interval", () => {
  const table = draw(1);
  const bounds = bound(table, { kappa: [0] });
  const effects = estimateEffects(table, { outcome: "y" });
  for (const name of ["estimate", "std_error", "df", "conf_low", "conf_high", "n"]) {
    assertEquals(bounds.get(name, 0), effects.get(name, 0));
  }
  assertEquals(
    [bounds.get("bound_low", 0), bounds.get("bound_high", 0)],
    Array(2).fill(bounds.get("estimate", 0)),
  );
});

Deno.test("estimateControlBounds(kappa) widens by κ × the drift's upper end × the upper end of the outcome's difference", () => {
  const table = draw(2);
  const bounds = bound(table, { kappa: [0.5, 2] });
  const drift = estimateDrift(table, { controls: "paper", ...quick });
  assertEquals(bounds.get("shift_high", 0), drift.get("conf_high", 0));
  // The difference between readers, by a regression within each arm, with the larger of its two errors.
  const gap = Math.max(...["control", "threat"].map((name) => {
    const own = table.objects().filter((row) => (row as { arm: string }).arm === name) as {
      y: number;
      paper: string;
    }[];
    const design = [own.map(() => 1), own.map(({ paper }) => paper === "right" ? 1 : 0)];
    const [classical, robust] = (["classical", "HC0"] as const).map((covarianceType) =>
      leastSquares(design, own.map(({ y }) => y), { covarianceType })
    );
    const error = Math.max(
      classical!.standardErrors[1]!,
      robust!.standardErrors[1]! * Math.sqrt(own.length / (own.length - 1)),
    );
    return Math.abs(classical!.coefficients[1]!) + studentTQuantile(0.975, own.length - 2) * error;
  }));
  assertAlmostEquals(bounds.get("gap_high", 0) as number, gap, 1e-10);
  const reach = (bounds.get("shift_high", 0) as number) * gap;
  numbers(bounds, "kappa").forEach((kappa, row) => {
    const at = (name: string) => bounds.get(name, row) as number;
    assertAlmostEquals(at("bound_high") - at("estimate"), kappa * reach, 1e-10);
    assertAlmostEquals(at("estimate") - at("bound_low"), kappa * reach, 1e-10);
  });
});

Deno.test("estimateControlBounds(breakdown_kappa) is the κ at which the interval reaches 0", () => {
  const table = draw(3, { effect: 2 });
  const kappa = bound(table).get("breakdown_kappa", 0) as number;
  assert(kappa > 0 && kappa < Infinity);
  assertAlmostEquals(bound(table, { kappa: [kappa] }).get("conf_low", 0) as number, 0, 1e-10);
  assertEquals(bound(draw(3, { effect: -0.3 })).get("breakdown_kappa", 0), 0);
});

Deno.test("estimateControlBounds(controls) takes the control that leaves most open for all of them", () => {
  const table = draw(4);
  const bounds = bound(table, { controls: ["pet", "paper", "past"], kappa: [1] });
  assertEquals(columnOf(bounds, "control"), ["pet", "paper", "past", "all controls"]);
  const reach = numbers(bounds, "bound_high").map((high, row) => high - numbers(bounds, "estimate")[row]!);
  assertEquals(reach[3], Math.max(...reach.slice(0, 3)));
  assert(reach[0]! < reach[1]!, "a control that tells nothing of the outcome leaves less open");
  assertMatch(bounds.get("notes", 3), /at most 1 times as strongly as on their most telling one/);
});

Deno.test("estimateControlBounds(answers) reads long tables by reply, shares as outcomes, and ignores the order of rows", () => {
  const wide = draw(5).derive({ y: "d => d.y > 1 ? 'yes' : 'no'" });
  const long = tableOf(
    (wide.objects() as { [name: string]: unknown }[]).flatMap((row) =>
      ["paper", "y"].map((item) => ({
        persona_id: row.persona_id,
        arm: row.arm,
        item,
        value: row[item],
        status: "answered",
      }))
    ),
  );
  const of = (table: Table) =>
    bound(table, { effects: estimateEffects(table, { outcome: "y", category: "yes" }), kappa: [1] });
  const [one, other, shuffled] = [of(wide), of(long), of(long.orderby("value").reify() as Table)];
  for (const name of ["gap_high", "shift_high", "conf_low"]) {
    assertEquals(one.get(name, 0), other.get(name, 0));
    assertAlmostEquals(other.get(name, 0) as number, shuffled.get(name, 0) as number, 1e-12);
  }
  assertEquals(other.get("outcome", 0), "y = yes");
});

Deno.test("estimateControlBounds(answers) knows no bound where the arm alone decides a control, and says who is not counted", () => {
  const table = draw(6).derive({
    told: "d => d.arm === 'threat' ? 'a' : 'b'",
    half: "d => d.arm === 'threat' ? null : d.pet",
    same: "d => 'one'",
  });
  const told = bound(table, { controls: ["paper", "told"], kappa: [0, 1] });
  assertEquals(numbers(told, "bound_low").map(Number.isNaN), [false, false, false, true, false, true]);
  assertMatch(told.get("reason", 5), /the arm alone decides the control/);
  const lost = bound(table, { controls: ["paper", "half", "same"], kappa: [1] });
  assertEquals(lost.get("bound_low", 3), lost.get("bound_low", 0));
  assertMatch(lost.get("notes", 3), /not counted, half: .*not counted, same: /);
});

Deno.test("estimateControlBounds(options) refuses what it cannot use, and says what it got", () => {
  const table = draw(1);
  const effects = estimateEffects(table, { outcome: "y" });
  const refuse = (options: object, message: string, type: ErrorConstructor = RangeError) =>
    assertThrows(
      () => estimateControlBounds(table, { effects, controls: "paper", ...options }),
      type,
      message,
    );
  refuse({ kappa: [-1] }, "'kappa' must be a number of at least 0: current value is -1");
  refuse({ kappa: 1 }, "'kappa' must be a list of numbers");
  refuse({ controls: [] }, "'controls' must name at least one", TypeError);
  refuse({ controls: "height" }, "height");
  refuse({ effects: "y" }, "'effects' must be a table of estimateEffects", TypeError);
  refuse({ effects: tableOf({ arm: ["threat"] }) }, "'effects' has no column 'outcome'");
  refuse({ kapa: [1] }, "option 'kapa' is unknown", TypeError);
});

Deno.test("estimateControlBounds(effects) takes the reference and the arms of the effects, or says that they are no arms", () => {
  const table = draw(3);
  const turned = estimateEffects(table, { outcome: "y", reference: "threat" });
  const bounds = bound(table, { effects: turned, kappa: [1] });
  assertEquals([bounds.get("arm", 0), bounds.get("reference", 0)], ["control", "threat"]);
  assert(bounds.get("conf_high", 0) as number > turned.get("conf_high", 0));
  const numbered = tableOf({
    arm: columnOf(table, "arm").map((arm) => arm === "threat" ? 1 : 0),
    paper: columnOf(table, "paper"),
    y: columnOf(table, "y"),
  });
  const effects = estimateEffects(numbered, { outcome: "y", reference: 0 });
  // As a file gives it back.
  const read = tableOfRows([{ ...effects.object(0) as object, arm: 1, reference: 0 }], effects.columnNames());
  assertEquals(bound(numbered, { effects: read }).numRows(), 4);
  const other = tableOfRows([{ ...effects.object(0) as object, arm: "letter" }], effects.columnNames());
  assertThrows(
    () => bound(numbered, { effects: other }),
    RangeError,
    "'effects' must compare arms of the answers",
  );
});

Deno.test("estimateControlBounds(answers) knows no bound from answers that no two of the arms share, or that all agree", () => {
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const arm = rows.map((i) => i % 2 === 0 ? "control" : "threat");
  const table = tableOf({
    arm,
    paper: rows.map((i) => i % 2 === 0 ? (i % 4 === 0 ? "a" : "b") : (i % 4 === 1 ? "c" : "d")),
    y: rows.map((i) => (i % 2 === 0 ? 0 : 10) + (i % 3) / 10),
    no: rows.map(() => 0),
    tv: rows.map((i) => i % 3 === 0 ? "yes" : "no"),
  });
  const apart = bound(table, { kappa: [1] });
  assertMatch(String(apart.get("reason", 0)), /may then bias without bound/);
  assertEquals(apart.get("conf_low", 0), NaN);
  const agreed = bound(table, {
    effects: estimateEffects(table, { outcome: "no" }),
    controls: "tv",
    kappa: [1],
  });
  assertEquals([agreed.get("gap_high", 0), agreed.get("bound_low", 0)], [NaN, NaN]);
  assertMatch(String(agreed.get("reason", 0)), /too few answers differ within an arm/);
  // Eight different answers in an arm of eight: nobody decides them.
  const few = tableOf({
    arm: rows.slice(0, 16).map((i) => i % 2 === 0 ? "control" : "threat"),
    paper: rows.slice(0, 16).map((i) => `p${i >> 2}`),
    y: rows.slice(0, 16).map((i) => i % 5),
  });
  assertMatch(String(bound(few, { kappa: [1] }).get("reason", 0)), /too few answers differ within an arm/);
});

Deno.test("estimateControlBounds(effects) finds a category of any name", () => {
  const table = draw(2);
  const named = tableOf({
    arm: columnOf(table, "arm"),
    paper: columnOf(table, "paper"),
    "a = b": columnOf<number>(table, "y").map((y) => y > 1 ? "high" : "low"),
  });
  const effects = estimateEffects(named, { outcome: "a = b", category: "high" });
  assertEquals([bound(named, { effects, kappa: [1] }).get("reason", 0)], [""]);
});

Deno.test("estimateControlBounds(answers) adds the gaps of both arms where each has an answer of its own", () => {
  const rows = Array.from({ length: 400 }, (_, i) => i);
  const paper = rows.map((i) => i % 2 === 0 ? (i % 4 === 0 ? "a" : "b") : (i % 4 === 1 ? "b" : "c"));
  const level: { readonly [paper: string]: number } = { a: 0, b: 5, c: 10 };
  const table = tableOf({
    arm: rows.map((i) => i % 2 === 0 ? "control" : "threat"),
    paper,
    y: paper.map((own, i) => level[own]! + (i % 3) / 10),
  });
  // The treatment does nothing: what differs, 5, is that half of each arm reads what nobody does in the other.
  const bounds = bound(table, { kappa: [1] });
  assert(bounds.get("gap_high", 0) as number >= 10);
  assert(bounds.get("bound_low", 0) as number <= 0 && bounds.get("breakdown_kappa", 0) as number <= 1);
});

Deno.test("estimateControlBounds(answers) bounds the bias of a number that the outcome hangs on without a direction", () => {
  // The treated tend to either end of the scale, the others to its middle, and the outcome is how far from it.
  const random = stream(8, "ends");
  const table = tableOfRows(
    Array.from({ length: 1000 }, (_, i) => {
      const treated = i % 2 === 1;
      const far = Math[treated ? "max" : "min"](random.integer(40), random.integer(40));
      const age = random.integer(2) === 1 ? 50 + far : 50 - far;
      return {
        persona_id: i,
        arm: treated ? "threat" : "control",
        age,
        y: Math.abs(age - 50) + random.normal(),
      };
    }),
    ["persona_id", "arm", "age", "y"],
  );
  // All of the effect is bias: κ = 1 must allow for none.
  const bounds = bound(table, { controls: "age", kappa: [1] });
  const reach = (bounds.get("bound_high", 0) as number) - (bounds.get("estimate", 0) as number);
  assert(Number.isNaN(reach) || (bounds.get("conf_low", 0) as number) <= 0, `${reach}`);
  const long = tableOf(
    (table.objects() as { [name: string]: unknown }[]).flatMap((row) =>
      ["age", "y"].map((item) => ({ persona_id: row.persona_id, arm: row.arm, item, value: row[item] }))
    ),
  );
  assertEquals(
    bound(long, { controls: "age", kappa: [1] }).get("shift_high", 0),
    bounds.get("shift_high", 0),
  );
});
