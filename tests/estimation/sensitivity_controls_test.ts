import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateBalancedEffects,
  estimateControlBounds,
  estimateEffects,
  estimateRobustness,
} from "@understudy/understudy/estimation";
import { studentTQuantile } from "@understudy/understudy/stats";

function draw(seed: number, effect = 1.2, n = 120): Table {
  const random = stream(seed, "controls");
  const arm = Array.from({ length: n }, (_, i) => i % 3 === 0 ? "control" : "threat");
  const hidden = arm.map((own) => (own === "threat" ? 0.5 : 0) + random.normal());
  return tableOf({
    arm,
    past: hidden.map((value) => value + random.normal()),
    news: hidden.map((value) => value + random.normal() > 0.6 ? "tv" : value > 0 ? "web" : "paper"),
    owner: hidden.map((value) => value + random.normal() > 0),
    place: arm.map((_, i) => ["north", "south"][i % 2]!),
    y: arm.map((own, i) => (own === "threat" ? effect : 0) + hidden[i]! + random.normal()),
  });
}

const numbers = (table: Table, name: string) => columnOf<number>(table, name);

Deno.test("estimateControlBounds(kappa: 0) is the difference in means with Welch's interval", () => {
  const table = draw(1);
  const bounds = estimateControlBounds(table, { outcome: "y", controls: "past", kappa: [0] });
  const effects = estimateEffects(table, { outcome: "y" });
  for (const name of ["estimate", "std_error", "conf_low", "conf_high"]) {
    assertAlmostEquals(bounds.get(name, 0) as number, effects.get(name, 0) as number, 1e-10);
  }
  assertEquals([bounds.get("bound_low", 0), bounds.get("bound_high", 0)], [
    bounds.get("estimate", 0),
    bounds.get("estimate", 0),
  ]);
});

Deno.test("estimateControlBounds(kappa) moves the bounds by κ standard deviations of the outcome times the control's", () => {
  const table = draw(2);
  const deviation = (name: string) => {
    const values = numbers(table, name);
    const arms = columnOf<string>(table, "arm");
    const mean = (arm: string) => {
      const own = values.filter((_, row) => arms[row] === arm);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    };
    const [control, threat] = [mean("control"), mean("threat")];
    const squares = values.reduce(
      (sum, value, row) => sum + (value - (arms[row] === "threat" ? threat : control)) ** 2,
      0,
    );
    return { sd: Math.sqrt(squares / (values.length - 2)), effect: threat - control };
  };
  const [y, past] = [deviation("y"), deviation("past")];
  const bounds = estimateControlBounds(table, { outcome: "y", controls: "past", kappa: [0.5, 2] });
  assertAlmostEquals(bounds.get("control_effect", 0) as number, past.effect / past.sd, 1e-12);
  [0.5, 2].forEach((kappa, row) => {
    const reach = kappa * y.sd * Math.abs(past.effect / past.sd);
    assertAlmostEquals(bounds.get("bound_low", row) as number, y.effect - reach, 1e-10);
    assertAlmostEquals(bounds.get("bound_high", row) as number, y.effect + reach, 1e-10);
  });
});

Deno.test("estimateControlBounds(conf_low) has the error of effect and control together: the jackknife agrees", () => {
  const table = draw(3, 1.2, 300);
  const bounds = (rows: Table) => estimateControlBounds(rows, { outcome: "y", controls: "past", kappa: [1] });
  const lowOf = (rows: Table) => bounds(rows).get("bound_low", 0) as number;
  const n = table.numRows();
  const left = Array.from({ length: n }, (_, out) => {
    const keep = [...Array(n).keys()].filter((row) => row !== out);
    return lowOf(tableOf(Object.fromEntries(["arm", "y", "past"].map((name) => {
      const values = columnOf(table, name);
      return [name, keep.map((row) => values[row])];
    }))));
  });
  const mean = left.reduce((sum, value) => sum + value, 0) / n;
  const jackknife = Math.sqrt((n - 1) / n * left.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  const full = bounds(table);
  // The union's end is that of the same line as the bound here: bound less t standard errors.
  const stdError = ((full.get("bound_low", 0) as number) - (full.get("conf_low", 0) as number)) /
    studentTQuantile(0.975, 200);
  assertAlmostEquals(stdError / jackknife, 1, 0.02);
});

Deno.test("estimateControlBounds(breakdown_kappa) is the κ at which the interval, or the bounds, reach 0", () => {
  for (let seed = 1; seed <= 30; seed++) {
    for (const effect of [1.2, -2]) {
      const table = draw(seed, effect);
      const at = (kappa: number) =>
        estimateControlBounds(table, { outcome: "y", controls: ["past", "news"], kappa: [kappa] });
      const first = at(0);
      [0, 1, 2].forEach((row) => {
        const breakdown = first.get("breakdown_kappa", row) as number;
        const bare = first.get("breakdown_kappa_estimate", row) as number;
        const [low, high] = effect > 0 ? ["conf_low", "bound_low"] : ["conf_high", "bound_high"];
        if (breakdown > 0 && breakdown < Infinity) {
          assertAlmostEquals(at(breakdown).get(low!, row) as number, 0, 1e-8);
          assert((at(breakdown * 0.98).get(low!, row) as number) * effect > 0);
        }
        assertAlmostEquals(at(bare).get(high!, row) as number, 0, 1e-8);
        assert(breakdown <= bare);
      });
    }
  }
});

Deno.test("estimateControlBounds(breakdown_kappa) is 0 where the interval holds 0 without any drift", () => {
  const bounds = estimateControlBounds(draw(1, -0.5), { outcome: "y", controls: "past" });
  assertEquals(bounds.get("breakdown_kappa", 0), 0);
  assertEquals(numbers(bounds, "kappa"), [0, 0.5, 1, 2]);
});

Deno.test("estimateControlBounds(controls) counts a control of several names by the one that moved most", () => {
  const table = draw(4);
  const indicators = table.assign({
    web: columnOf(table, "news").map((own) => own === "web" ? 1 : 0),
    tv: columnOf(table, "news").map((own) => own === "tv" ? 1 : 0),
  }) as Table;
  const news = estimateControlBounds(table, { outcome: "y", controls: "news", kappa: [1] });
  const both = estimateControlBounds(indicators, { outcome: "y", controls: ["web", "tv"], kappa: [1] });
  assertEquals(columnOf(both, "control"), ["web", "tv", "all controls"]);
  for (const name of ["control_effect", "bound_low", "conf_low", "conf_high", "breakdown_kappa"]) {
    assertAlmostEquals(news.get(name, 0) as number, both.get(name, 2) as number, 1e-12);
  }
  const single = numbers(both, "conf_low");
  assertEquals(single[2], Math.min(single[0]!, single[1]!));
});

Deno.test("estimateControlBounds(answers) does not depend on the control's unit, nor on which value counts as yes", () => {
  const table = draw(5);
  const changed = table.assign({
    past: numbers(table, "past").map((value) => 100 - 7 * value),
    owner: columnOf(table, "owner").map((value) => !value),
  }) as Table;
  const options = { outcome: "y", controls: ["past", "owner"], kappa: [0.7] };
  const [one, other] = [table, changed].map((answers) => estimateControlBounds(answers, options));
  for (const name of ["bound_low", "bound_high", "conf_low", "conf_high", "breakdown_kappa"]) {
    numbers(one!, name).forEach((value, row) =>
      assertAlmostEquals(other!.get(name, row) as number, value, 1e-9)
    );
  }
});

Deno.test("estimateControlBounds(blocks) compares within blocks", () => {
  const table = draw(6);
  const moved = table.assign({
    y: numbers(table, "y").map((value, row) => value + (table.get("place", row) === "north" ? 50 : 0)),
  }) as Table;
  const options = { outcome: "y", controls: "past", kappa: [0], blocks: "place" };
  const [plain, shifted] = [table, moved].map((answers) => estimateControlBounds(answers, options));
  assertAlmostEquals(shifted!.get("std_error", 0) as number, plain!.get("std_error", 0) as number, 1e-9);
});

Deno.test("estimateControlBounds(answers) says what a row assumes, and who has no control", () => {
  const table = draw(7).assign({
    past: numbers(draw(7), "past").map((value, row) => row < 5 ? null : value),
  }) as Table;
  const bounds = estimateControlBounds(table, { outcome: "y", controls: "past", kappa: [0.5] });
  const reason = bounds.get("notes", 0) as string;
  assertStringIncludes(reason, "assumes |bias| ≤ 0.5 × |effect on 'past'|");
  assertStringIncludes(reason, "sensitivity, not a correction");
  assertStringIncludes(reason, "units without the control, left out of its effect only: 5");
  assertEquals([bounds.get("n", 0), bounds.get("basis", 0)], [120, "synthetic"]);
});

Deno.test("estimateControlBounds(answers) gives NaN and its reason where a control does not vary", () => {
  const table = draw(8).assign({ past: numbers(draw(8), "past").map(() => 3) }) as Table;
  const bounds = estimateControlBounds(table, { outcome: "y", controls: "past", kappa: [1] });
  assertEquals([bounds.get("conf_low", 0), bounds.get("breakdown_kappa", 0)], [NaN, NaN]);
  assertStringIncludes(bounds.get("reason", 0) as string, "the control does not vary within arms");
});

Deno.test("estimateControlBounds(options) refuses what it cannot use, and says what it got", () => {
  const refuse = (options: object, message: string, type: ErrorConstructor = RangeError) =>
    assertThrows(
      () => estimateControlBounds(draw(1), { outcome: "y", controls: "past", ...options }),
      type,
      message,
    );
  refuse({ kappa: [-1] }, "'kappa' must be a list of numbers of at least 0: current value is [-1]");
  refuse({ kappa: 1 }, "'kappa' must be a list");
  refuse({ controls: [] }, "'controls' must name at least one");
  refuse({ controls: "height" }, "height");
  refuse({ kapa: [1] }, "option 'kapa' is unknown", TypeError);
});

const places = Array.from({ length: 40 }, (_, i) => i);
const arm = places.map((i) => i < 20 ? "control" : "threat");
const x = places.map((i) => (i * 7) % 5);
const noise = places.map((i) => Math.sin(i * i));

function answersOf(columns: { [name: string]: readonly unknown[] }): Table {
  return tableOf({ arm, x, ...columns });
}

Deno.test("robustness values rise to 1 with the estimate, and are not lost in rounding where the fit is nearly exact", () => {
  const robustnessAt = (size: number) => {
    const y = places.map((i) => (i < 20 ? 0 : 1) + x[i]! + size * noise[i]!);
    const table = estimateRobustness(answersOf({ y }), { outcome: "y", covariates: "x", strengths: [1] });
    return ["robustness_value", "robustness_value_alpha", "extreme_value", "partial_r2"]
      .map((name) => table.get(name, 0) as number);
  };
  const found = [1e-3, 1e-6, 1e-9, 0].map(robustnessAt);
  for (const measure of [0, 1, 2, 3]) {
    const values = found.map((row) => row[measure]!);
    assert(values.every((value, i) => i === 0 || value >= values[i - 1]!), String(values));
    assert(values[0]! > 0.99);
    assertAlmostEquals(values[3]!, 1, 1e-12);
  }
});

Deno.test("where covariates fit the outcome exactly and the arm adds nothing, no number is made of rounding", () => {
  const answers = answersOf({ y: x.map((value) => value / 3 + 0.1) });
  const robust = estimateRobustness(answers, { outcome: "y", covariates: "x", strengths: [1] });
  assertEquals(robust.get("estimate", 0), 0);
  for (const name of ["p_value", "robustness_value", "partial_r2"]) assertEquals(robust.get(name, 0), NaN);
  assertMatch(robust.get("reason", 0), /fitted exactly/);
  const balanced = estimateBalancedEffects(answers, { outcome: "y", covariates: "x" });
  for (const row of [1, 2]) {
    assertEquals([balanced.get("estimate", row), balanced.get("p_value", row)], [0, NaN]);
    assertMatch(balanced.get("reason", row), /fitted exactly/);
  }
});

Deno.test("a control that the arm alone decides gives no bounds, and is not left out of all controls", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i]!);
  for (const told of [places.map((i) => i < 20 ? "left" : "right"), places.map((i) => i < 20 ? 0.1 : 0.7)]) {
    const bounds = estimateControlBounds(answersOf({ y, told }), {
      outcome: "y",
      controls: ["x", "told"],
      kappa: [1],
    });
    assertEquals(columnOf(bounds, "control"), ["x", "told", "all controls"]);
    assertEquals(columnOf<number>(bounds, "bound_low").map(Number.isNaN), [false, true, true]);
    assertEquals(columnOf<number>(bounds, "control_effect").slice(1), [Infinity, Infinity]);
    assertMatch(bounds.get("reason", 2), /the arm alone decides the control.*told/);
  }
});

Deno.test("a control that nobody answered in one arm is said to be left out of all controls", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i]!);
  const half = places.map((i) => i < 20 ? NaN : i % 3);
  const bounds = estimateControlBounds(answersOf({ y, half }), {
    outcome: "y",
    controls: ["x", "half"],
    kappa: [1],
  });
  assertMatch(bounds.get("notes", 2), /controls without values to compare, left out: half/);
});

Deno.test("an effect of 0 has breakdown κ 0, also where the control did not move", () => {
  const y = places.map((i) => i % 20);
  const still = places.map((i) => i % 4);
  const bounds = estimateControlBounds(answersOf({ y, still }), {
    outcome: "y",
    controls: "still",
    kappa: [1],
  });
  assertEquals([bounds.get("breakdown_kappa", 0), bounds.get("breakdown_kappa_estimate", 0)], [0, 0]);
});

Deno.test("bounds without a standard error say whether units are too few or the effect does not vary", () => {
  const y = places.map((i) => (i < 20 ? 0 : 1) + noise[i % 20]!);
  const reasonOf = (columns: { [name: string]: readonly unknown[] }, clusters?: string) =>
    estimateControlBounds(answersOf({ y, ...columns }), {
      outcome: "y",
      controls: "x",
      kappa: [1],
      ...(clusters === undefined ? {} : { clusters }),
    }).get("reason", 0) as string;
  assertMatch(reasonOf({ town: places.map(() => "one") }, "town"), /too few units or clusters/);
  assertMatch(reasonOf({ persona_id: places.map((i) => `p${i % 20}`) }), /the effect shows no variance/);
});
