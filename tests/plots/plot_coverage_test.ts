import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { diagnoseSimulations } from "@understudy/understudy/diagnosis";
import { plotCoverage } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, pointsOf, readSvg } from "./read_svg.ts";

const hostile = `<script>alert("1")</script> & 'x' ]]> \u0000\u00a0--`;

function diagnosis(): Table {
  return tableOf({
    label: ["base", "base", "repaired"],
    diagnosand: ["bias", "coverage", "coverage"],
    value: [0.6, 0.1, 0.94],
    conf_low: [0.5, 0.05, 0.9],
    conf_high: [0.7, 0.2, 0.97],
    conf_level: [0.99, 0.99, 0.99],
    nominal: [0, 0.95, 0.95],
    n: [200, 200, 200],
  });
}

Deno.test("plotCoverage(diagnosis) puts coverage and its interval at their values, and a line where it should be", () => {
  const root = readSvg(plotCoverage(diagnosis()).svg);
  const valueAt = axisOf(root);
  const points = pointsOf(root);
  assertEquals(points.map(({ shape }) => shape), ["square", "circle"]);
  assertAlmostEquals(valueAt(points[0]!.x), 0.1, 2e-3);
  assertAlmostEquals(valueAt(points[1]!.x), 0.94, 2e-3);
  const interval = linesOf(root).find(({ y1, y2, x1, x2 }) => y1 === y2 && x1 !== x2)!;
  assertAlmostEquals(valueAt(interval.x1), 0.05, 2e-3);
  const nominal = elementsOf(root).filter(({ attributes, name }) =>
    name === "g" && attributes["stroke-dasharray"]
  )
    .flatMap(({ children }) => children) as { attributes: { [name: string]: string } }[];
  assertAlmostEquals(valueAt(Number(nominal[0]!.attributes.x1)), 0.95, 2e-3);
});

Deno.test("plotCoverage(diagnosis) says which intervals hold the truth too rarely", () => {
  const figure = plotCoverage(diagnosis());
  const texts = drawnTexts(readSvg(figure.svg)).map(({ text }) => text);
  assert(texts.includes("too rarely") && texts.includes("as stated") && texts.includes("should be 0.95"));
  assertStringIncludes(
    figure.summary,
    "base 0.10 [0.05, 0.20]: too rarely; repaired 0.94 [0.90, 0.97]: as stated",
  );
  assertStringIncludes(texts.join("\n"), "99% interval of the Monte-Carlo error, from 200 simulations");
});

Deno.test("plotCoverage(diagnoseSimulations(…)) draws what the diagnosis found", () => {
  const random = stream(1);
  const estimate = Array.from({ length: 100 }, () => random.normal());
  const simulations = tableOf({
    term: estimate.map(() => "threat"),
    truth: estimate.map(() => 0),
    estimate,
    conf_low: estimate.map((one) => one - 0.5),
    conf_high: estimate.map((one) => one + 0.5),
  });
  const figure = plotCoverage(diagnoseSimulations(simulations));
  assertStringIncludes(figure.summary, "threat 0.");
  assertStringIncludes(figure.summary, "too rarely");
});

Deno.test("plotCoverage(diagnosis) keeps a coverage that is not known as a row", () => {
  const table = tableOf({
    term: ["threat"],
    diagnosand: ["coverage"],
    value: [NaN],
    conf_low: [NaN],
    conf_high: [NaN],
    nominal: [0.95],
    reason: ["20 estimates have no such value"],
  });
  const { svg, summary } = plotCoverage(table);
  assertEquals(pointsOf(readSvg(svg)).length, 0);
  assertStringIncludes(summary, "threat not known");
  assertStringIncludes(
    drawnTexts(readSvg(svg)).map(({ text }) => text).join("\n"),
    "Not known: threat: 20 estimates",
  );
});

Deno.test("plotCoverage(diagnosis) is one well-formed svg whatever the labels hold, within its card", () => {
  const table = tableOf({
    label: [hostile],
    diagnosand: ["coverage"],
    value: [1],
    conf_low: [0.98],
    conf_high: [1],
    nominal: [0.95],
  });
  for (const width of [320, 640]) {
    const root = readSvg(plotCoverage(table, { width, title: hostile, subtitle: hostile }).svg);
    assert(!elementsOf(root).some(({ name }) => name === "script"));
    for (const { lines, x, size, anchor } of drawnTexts(root)) {
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotCoverage(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotCoverage(tableOf({ value: [1] })), RangeError, "no column 'diagnosand'");
  const bias = diagnosis().filter("d => d.diagnosand === 'bias'").reify();
  assertThrows(() => plotCoverage(bias), RangeError, "has no coverage: its diagnosands are bias");
  assertThrows(() => plotCoverage(diagnosis(), { label: "arm" }), RangeError, "no column 'arm'");
  assertThrows(() => plotCoverage(diagnosis(), { width: 1 }), RangeError, "320 to 2000");
  assertThrows(
    () => plotCoverage(diagnosis(), { truth: 1 } as never),
    TypeError,
    "option 'truth' is unknown",
  );
});
