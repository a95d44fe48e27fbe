import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateVarianceComponents } from "@understudy/understudy/estimation";

interface Component {
  readonly component: string;
  readonly estimate: number;
  readonly share: number;
  readonly levels: number;
  readonly notes: string;
  readonly reason: string;
}

function components(table: Table, options: object = {}): Map<string, Component> {
  const rows = estimateVarianceComponents(table, { outcome: "y", draws: 50, ...options })
    .objects() as Component[];
  return new Map(rows.map((row) => [row.component, row]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("estimateVarianceComponents(balanced, crossed) is the analysis of variance", () => {
  const [personas, models] = [6, 4];
  const random = stream(11);
  const y = Array.from({ length: personas }, () => Array.from({ length: models }, () => random.normal()));
  const cells = y.flatMap((row, p) => row.map((value, m) => ({ p, m, value })));
  const found = components(tableOf({
    persona_id: cells.map(({ p }) => p),
    model: cells.map(({ m }) => `m${m}`),
    arm: cells.map(() => "control"),
    y: cells.map(({ value }) => value),
  }));
  const all = mean(cells.map(({ value }) => value));
  const rows = y.map(mean);
  const columns = y[0]!.map((_, m) => mean(y.map((row) => row[m]!)));
  const msPersona = models * rows.reduce((sum, one) => sum + (one - all) ** 2, 0) / (personas - 1);
  const msModel = personas * columns.reduce((sum, one) => sum + (one - all) ** 2, 0) / (models - 1);
  const rest = cells.reduce((sum, { p, m, value }) => sum + (value - rows[p]! - columns[m]! + all) ** 2, 0);
  const msRest = rest / ((personas - 1) * (models - 1));
  assertAlmostEquals(found.get("persona")!.estimate, (msPersona - msRest) / models, 1e-12);
  assertAlmostEquals(found.get("model")!.estimate, (msModel - msRest) / personas, 1e-12);
  assertAlmostEquals(found.get("draw")!.estimate, msRest, 1e-12);
  assertEquals(found.get("persona:arm")!.reason, "the same groups as 'persona', of which it is part");
});

/** An unbalanced study: persona × arm within subjects, wordings nested in arms, models crossed. */
function unbalanced(seed: number): { [name: string]: number[] } {
  const random = stream(seed, "unbalanced");
  const columns = {
    persona_id: [] as number[],
    arm: [] as number[],
    wording: [] as number[],
    model: [] as number[],
  };
  for (let i = 0; i < 48; i++) {
    columns.persona_id.push(random.integer(7));
    columns.arm.push(random.integer(2));
    columns.wording.push(random.integer(3));
    columns.model.push(random.integer(3));
  }
  return { ...columns, y: columns.arm.map((arm) => 5 * arm + random.normal()) };
}

/** The projection onto the columns of indicators, by Gram and Schmidt. */
function projection(indicators: readonly (readonly number[])[]): number[][] {
  const basis: number[][] = [];
  for (const column of indicators) {
    let rest = [...column];
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of basis) {
        const along = rest.reduce((sum, value, i) => sum + value * direction[i]!, 0);
        rest = rest.map((value, i) => value - along * direction[i]!);
      }
    }
    const length = Math.hypot(...rest);
    if (length > 1e-9) basis.push(rest.map((value) => value / length));
  }
  const n = indicators[0]!.length;
  return Array.from(
    { length: n },
    (_, i) =>
      Array.from(
        { length: n },
        (_, j) => basis.reduce((sum, direction) => sum + direction[i]! * direction[j]!, 0),
      ),
  );
}

function indicatorsOf(codes: readonly string[]): number[][] {
  return [...new Set(codes)].map((level) => codes.map((code) => Number(code === level)));
}

Deno.test("estimateVarianceComponents(unbalanced) solves the moment equations of the definition, with dense matrices", () => {
  const data = unbalanced(1);
  const { persona_id, arm, wording, model, y } = data;
  const n = y!.length;
  const joined = (...names: number[][]) =>
    names[0]!.map((_, i) => names.map((values) => values[i]!).join("|"));
  const groups: { [component: string]: string[] } = {
    persona: joined(persona_id!),
    "persona:arm": joined(persona_id!, arm!),
    wording: joined(wording!, arm!),
    model: joined(model!),
    "model:arm": joined(model!, arm!),
  };
  const found = components(tableOf(data));
  const names = Object.keys(groups);
  const x = indicatorsOf(joined(arm!));
  // Every estimate must satisfy: y'My = Σ σ² tr(Z'MZ) + σ² tr(M), for M that takes out arms and one source's groups.
  for (const taken of [...names.map((name) => indicatorsOf(groups[name]!)), []]) {
    const p = projection([...x, ...taken]);
    const m = p.map((row, i) => row.map((value, j) => Number(i === j) - value));
    const quadratic = y!.reduce(
      (sum, yi, i) => sum + yi * m[i]!.reduce((part, mij, j) => part + mij * y![j]!, 0),
      0,
    );
    const expected = names.reduce((sum, name) => {
      const codes = groups[name]!;
      let trace = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) if (codes[i] === codes[j]) trace += m[i]![j]!;
      }
      return sum + found.get(name)!.estimate * trace;
    }, found.get("draw")!.estimate * m.reduce((sum, row, i) => sum + row[i]!, 0));
    assertAlmostEquals(expected, quadratic, 1e-8);
  }
});

Deno.test("estimateVarianceComponents(table) does not depend on the level, the arms' effects or the rows' order", () => {
  const data = unbalanced(2);
  const table = tableOf(data);
  const shifted = tableOf({ ...data, y: data.y!.map((value, i) => 1e6 + value + 300 * data.arm![i]!) });
  const order = stream(5).shuffle(data.y!.map((_, i) => i));
  const shuffled = tableOf(
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, order.map((i) => values[i])])),
  );
  const estimates = (from: Table) => [...components(from).values()].map(({ estimate }) => estimate);
  const names = (from: Table) => [...components(from).keys()];
  assertEquals(names(shuffled), names(table));
  estimates(table).forEach((value, i) => {
    assertAlmostEquals(estimates(shifted)[i]!, value, 1e-7);
    assertAlmostEquals(estimates(shuffled)[i]!, value, 1e-9);
  });
});

Deno.test("estimateVarianceComponents(table) says what the data cannot tell apart", () => {
  const once = components(tableOf({
    persona_id: [1, 2, 3, 4, 5, 6],
    arm: ["a", "a", "a", "b", "b", "b"],
    wording: [1, 1, 1, 1, 1, 1],
    model: ["m", "m", "m", "m", "m", "m"],
    y: [1, 2, 4, 3, 5, 1],
  }));
  assertEquals(once.get("persona")!.reason, "one answer of each, so that it is part of the draw");
  assertEquals(
    once.get("wording")!.reason,
    "one in each arm, so that it cannot be told from the effect of the arm",
  );
  assertEquals(once.get("model")!.reason, "only one");
  assertEquals(once.get("persona")!.estimate, NaN);
  assertAlmostEquals(once.get("draw")!.estimate, (14 / 3 + 8) / 4, 1e-12);
  assertEquals(once.get("draw")!.share, 1);
});

Deno.test("estimateVarianceComponents(table) leaves unanswered rows out and counts them", () => {
  const table = tableOf({
    persona_id: [1, 1, 2, 2, 3, 3],
    arm: ["a", "a", "a", "a", "a", "a"],
    item: ["y", "y", "y", "y", "y", "y"],
    value: [1, 2, 4, 5, null, 3],
    status: ["answered", "answered", "answered", "answered", "refused", "answered"],
  });
  const found = components(table);
  assertEquals(found.get("draw")!.notes, "left out: 1 refused");
  assertEquals(found.get("draw")!.levels, 5);
  const model = ["m", "m", "n", "n", "m", null];
  const known = components(table.assign({ model }) as Table);
  assertEquals(known.get("draw")!.notes, "left out: 1 refused, 1 without 'model'");
});

Deno.test("estimateVarianceComponents(wordings: crossed) tells a frame's own effect from its level", () => {
  const data = unbalanced(3);
  const found = components(tableOf(data), { wordings: "crossed" });
  assert(found.has("wording") && found.has("wording:arm"));
  assertEquals([found.get("wording")!.levels, found.get("wording:arm")!.levels], [3, 6]);
  assert(!components(tableOf(data), { wording: null }).has("wording"));
});

Deno.test("estimateVarianceComponents(seed) decides its standard errors", () => {
  const table = tableOf(unbalanced(4));
  const errors = (seed: number) =>
    columnOf(estimateVarianceComponents(table, { outcome: "y", seed, draws: 50 }), "std_error");
  assertEquals(errors(1), errors(1));
  assert(JSON.stringify(errors(1)) !== JSON.stringify(errors(2)));
});

Deno.test("estimateVarianceComponents(…) names what is wrong with its arguments", () => {
  const table = tableOf({ arm: ["a", "a", "b"], y: [1, 2, 3] });
  const run = (options: object, from = table) => () => estimateVarianceComponents(from, options as never);
  assertThrows(run({ outcome: "z" }), RangeError, "no column 'z'");
  assertThrows(run({ outcome: "y", model: "m" }), RangeError, "no column 'm'");
  assertThrows(run({ outcome: "y", wordings: "both" }), RangeError, "'wordings' must be one of");
  assertThrows(run({ outcome: "y", draws: 3 }), RangeError, "'draws' must be a whole number from 50");
  assertThrows(run({ outcome: "y", factor: 3 }), TypeError, "option 'factor' is unknown");
  const few = tableOf({ arm: ["a", "b"], y: [1, 2] });
  assertThrows(run({ outcome: "y" }, few), RangeError, "at least three rows with a value");
});

Deno.test("estimateVarianceComponents(random tables) gives a table or a clear error", () => {
  const row = fc.record({
    persona_id: fc.integer({ min: 1, max: 4 }),
    arm: fc.constantFrom("a", "b", null),
    wording: fc.integer({ min: 1, max: 3 }),
    model: fc.constantFrom("m", "n"),
    y: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constantFrom(null, NaN, undefined)),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 0, maxLength: 30 }), (rows) => {
      const names = ["persona_id", "arm", "wording", "model", "y"] as const;
      const table = tableOf(Object.fromEntries(names.map((name) => [name, rows.map((one) => one[name])])));
      try {
        const found = estimateVarianceComponents(table, { outcome: "y", draws: 50 });
        assert(found.numRows() > 0);
        const shares = columnOf<number>(found, "share").filter((share) => !Number.isNaN(share));
        const sum = shares.reduce((total, share) => total + share, 0);
        assert(shares.length === 0 || Math.abs(sum - 1) < 1e-9, String(sum));
      } catch (error) {
        assert(error instanceof RangeError || error instanceof TypeError, String(error));
        assert(error.message.startsWith("Cannot estimate "), error.message);
      }
    }),
    { seed: 3, numRuns: 150 },
  );
});

Deno.test("estimateVarianceComponents(few levels) has the chi-square interval of the levels' degrees of freedom", () => {
  const random = stream(31);
  const rows = Array.from(
    { length: 6 * 40 },
    (_, i) => ({ model: `m${i % 6}`, level: [3, -4, 0, 5, -2, 6][i % 6]! }),
  );
  const table = tableOf({
    arm: rows.map((_, i) => (Math.floor(i / 6) % 2 === 0 ? "control" : "threat")),
    model: rows.map(({ model }) => model),
    y: rows.map(({ level }) => level + 0.1 * random.normal()),
  });
  const found = estimateVarianceComponents(table, { outcome: "y", draws: 100 });
  const value = (column: string) => found.get(column, 0) as number;
  // Six models, each in both arms alike: five degrees of freedom. R: qchisq(c(.975, .025), 5).
  assertEquals(found.get("component", 0), "model");
  assertAlmostEquals(value("conf_low") / value("estimate"), 5 / 12.832501994030027, 1e-3);
  assertAlmostEquals(value("conf_high") / value("estimate"), 5 / 0.8312116134866625, 1e-2);
});
