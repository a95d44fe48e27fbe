import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy";
import { plotSpecifications } from "@understudy/understudy/plots";
import { drawnTexts, readSvg } from "./read_svg.ts";

const configurations = tableOf([
  { configuration: "base", is_base: true, model: "a", ask: "together", only: "one", calls: 10, reason: "" },
  {
    configuration: "ask: apart",
    is_base: false,
    model: "a",
    ask: "apart",
    only: "one",
    calls: 20,
    reason: "",
  },
  {
    configuration: "model: b",
    is_base: false,
    model: "b",
    ask: "together",
    only: "one",
    calls: 10,
    reason: "",
  },
  { configuration: "both", is_base: false, model: "b", ask: "apart", only: "one", calls: 20, reason: "" },
]);
const row = (configuration: string, estimate: number, half = 0.3) => (
  {
    configuration,
    outcome: "support",
    estimate,
    conf_low: estimate - half,
    conf_high: estimate + half,
    basis: "synthetic",
  }
);
const estimates = tableOf([
  row("both", -0.5),
  row("base", 0.6),
  row("ask: apart", 0.1),
  row("model: b", NaN),
]);

Deno.test("a specification curve says how many of how many configurations, how they vary, and what the base gives", () => {
  const { summary, svg } = plotSpecifications({ configurations, estimates });
  assertStringIncludes(
    summary,
    "3 of 4 planned configurations (4 possible) have an estimate: from -0.500 to 0.600, median 0.100; the base's is 0.600",
  );
  assertStringIncludes(
    summary,
    "2 of 3 intervals exclude 0 (1 above, 1 below)",
  );
  assertStringIncludes(summary, "Synthetic answers alone");
  const texts = drawnTexts(readSvg(svg)).map(({ text }) => text);
  // A choice without alternatives, and counts, are no rows.
  assert(!texts.includes("only") && !texts.includes("calls"), texts.join("|"));
  assertEquals(texts.slice(texts.indexOf("model"), texts.indexOf("model") + 3), ["model", "a", "b"]);
  assert(texts.includes("Without an estimate: model: b."));
});

Deno.test("an estimate without an interval is drawn as such, and not counted among those that hold 0", () => {
  const { summary, svg } = plotSpecifications({
    configurations,
    estimates: tableOf([row("both", 0.5, NaN), row("base", 0.6)]),
  });
  assertStringIncludes(summary, "2 of 4 planned configurations (4 possible) have an estimate");
  assertStringIncludes(summary, "1 of 1 intervals exclude 0");
  assertStringIncludes(svg, "no interval");
});

Deno.test("plotSpecifications(…) draws no table in which a configuration is unknown, stands twice or lacks a column", () => {
  const draw = (table: object) => () => plotSpecifications({ configurations, estimates, ...table });
  assertThrows(draw({ estimates: tableOf([row("bas", 1)]) }), RangeError, "base");
  assertThrows(
    draw({ estimates: tableOf([row("base", 1), row("base", 2)]) }),
    RangeError,
    "keep one outcome and one arm",
  );
  assertThrows(draw({ estimates: estimates.select("configuration", "estimate") }), RangeError, "conf_low");
  assertThrows(draw({ configurations: configurations.select("configuration") }), RangeError, "is_base");
});
