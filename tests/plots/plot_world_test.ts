import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { plotWorld } from "@understudy/understudy/plots";
import {
  declareReadyWorld,
  declareWorld,
  readyWorldNames,
  type WorldDeclaration,
  worldEdges,
} from "@understudy/understudy/worlds";
import { drawnTexts, elementsOf, readSvg, type SvgElement } from "./read_svg.ts";

const blue = "#0072b2";
const orange = "#c04a00";
const grey = "#80868e";

const drifting = declareReadyWorld("user drift", { seed: 1 });
const clean = declareReadyWorld("clean", { seed: 1 });

const levels = { low: {}, high: {} };
const small: WorldDeclaration = {
  name: "small",
  seed: 1,
  attributes: { first: { levels }, second: { levels }, third: { levels } },
  stimuli: { control: "an exercise", threat: "an incursion" },
  items: {
    alpha: { kind: "yesNo", effects: { third: { high: 1 } } },
    beta: { kind: "yesNo", effects: { second: { high: 1 } } },
    gamma: { kind: "yesNo", effects: { first: { high: 1 } } },
  },
};

interface Box {
  readonly name: string;
  readonly texts: string[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Boxes in order of the drawing; the first text within one is its name. */
function boxesOf(root: SvgElement): Box[] {
  const texts = drawnTexts(root);
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect").flatMap((group) =>
    elementsOf(group).filter(({ name }) => name === "rect").map(({ attributes }) => {
      const [left, top, width, height] = ["x", "y", "width", "height"].map((name) =>
        Number(attributes[name])
      );
      const [right, bottom] = [left! + width!, top! + height!];
      const within = texts.filter(({ x, y }) => x > left! && x < right && y > top! && y < bottom);
      return {
        name: within[0]!.text.replaceAll("_ ", "_"),
        texts: within.map(({ text }) => text),
        left: left!,
        right,
        top: top!,
        bottom,
      };
    })
  );
}

interface Curve {
  readonly stroke: string;
  readonly width: number;
  readonly dashed: boolean;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** Arrows between boxes; neither their white edges nor the lines of the legend. */
function curvesOf(root: SvgElement): Curve[] {
  const lowest = Math.max(...boxesOf(root).map(({ bottom }) => bottom));
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "link").flatMap((group) =>
    (group.children as SvgElement[]).map(({ attributes }) => {
      const numbers = attributes.d!.match(/-?[\d.]+/g)!.map(Number);
      return {
        stroke: attributes.stroke ?? group.attributes.stroke!,
        width: Number(attributes["stroke-width"] ?? group.attributes["stroke-width"]),
        dashed: group.attributes["stroke-dasharray"] !== undefined,
        from: numbers.slice(0, 2) as [number, number],
        to: numbers.slice(-2) as [number, number],
      };
    })
  ).filter(({ stroke, from }) => stroke !== "#ffffff" && from[1] < lowest);
}

/** The names of the boxes at whose edges a curve starts and (but for its head) ends. */
function endsOf({ from, to }: Curve, boxes: readonly Box[]): string {
  const at = ([x, y]: readonly [number, number], reach: number) =>
    boxes.find(({ left, right, top, bottom }) =>
      y >= top && y <= bottom && Math.min(Math.abs(x - left), Math.abs(x - right)) < reach
    )?.name;
  return `${at(from, 0.01)} > ${at(to, 14)}`;
}

function pathsOf(svg: string, stroke: string): string[] {
  const root = readSvg(svg);
  return curvesOf(root).filter((curve) => curve.stroke === stroke).map((curve) =>
    endsOf(curve, boxesOf(root))
  ).sort();
}

function allTexts(svg: string): string {
  return drawnTexts(readSvg(svg)).map(({ text }) => text).join(" | ");
}

function boxOf(svg: string, name: string): Box {
  return boxesOf(readSvg(svg)).find((box) => box.name === name)!;
}

Deno.test("plotWorld(world) draws the effect in blue from the stimulus to outcomes, never to controls", () => {
  assertEquals(pathsOf(plotWorld(drifting).svg, blue), [
    "warning > fee",
    "warning > payer",
    "warning > support",
  ]);
});

Deno.test("plotWorld(world) draws the drift in orange from stimuli through the attribute to all that it answers", () => {
  assertEquals(pathsOf(plotWorld(drifting).svg, orange), [
    "control > ideology",
    ...["childhood_garden", "fee", "news_source", "payer", "support", "worship"].map((item) =>
      `ideology > ${item}`
    ),
    "warning > ideology",
  ]);
  assertEquals(pathsOf(plotWorld(clean).svg, orange), []);
});

Deno.test("plotWorld(world) draws every row of worldEdges once, for every ready world", () => {
  for (const name of readyWorldNames) {
    const world = declareReadyWorld(name, { seed: 1 });
    const { svg, table } = plotWorld(world);
    const root = readSvg(svg);
    const arcs = elementsOf(root).filter((group) => group.attributes["aria-label"] === "line")
      .flatMap((group) => elementsOf(group).filter((element) => element.name === "path"));
    assertEquals(table.objects(), worldEdges(world).objects());
    assertEquals(curvesOf(root).length + arcs.length, table.numRows(), name);
  }
});

Deno.test("plotWorld(world) stands negative controls below outcomes, under a heading of their own", () => {
  const root = readSvg(plotWorld(drifting).svg);
  const boxes = boxesOf(root);
  const heading = drawnTexts(root).find(({ text }) => text === "Negative controls")!;
  const side = (name: string) => Math.sign(boxes.find((box) => box.name === name)!.top - heading.y);
  assertEquals(["support", "payer", "fee"].map(side), [-1, -1, -1]);
  assertEquals(["news_source", "childhood_garden", "worship"].map(side), [1, 1, 1]);
});

Deno.test("plotWorld(world) stands causes above what depends on them, left of the items", () => {
  const boxes = boxesOf(readSvg(plotWorld(drifting).svg));
  const [age, education, ideology, support] = ["age_group", "education", "ideology", "support"].map((name) =>
    boxes.find((box) => box.name === name)!
  ) as [Box, Box, Box, Box];
  assert(age.bottom < education.top && education.bottom < ideology.top);
  assert(ideology.right < support.left);
});

Deno.test("plotWorld(world) orders the columns so that arrows that need not cross do not", () => {
  const curves = curvesOf(readSvg(plotWorld(declareWorld(small)).svg)).sort((a, b) => a.from[1] - b.from[1]);
  assertEquals(curves.length, 3);
  const ends = curves.map(({ to }) => to[1]);
  assertEquals(ends, [...ends].sort((a, b) => a - b));
});

Deno.test("plotWorld(world) draws a larger coefficient wider, of a scale in units of its noise", () => {
  const world = declareWorld({
    ...small,
    items: {
      weak: { kind: "yesNo", effects: { first: { high: 0.5 } } },
      strong: { kind: "yesNo", effects: { second: { high: -1 } } },
      scale: { kind: "scale", range: [0, 100], sd: 20, effects: { third: { high: 10 } } },
    },
  });
  const root = readSvg(plotWorld(world).svg);
  const widths = new Map(curvesOf(root).map((curve) => [endsOf(curve, boxesOf(root)), curve.width]));
  assertAlmostEquals(widths.get("first > weak")!, 2.75, 1e-9);
  assertAlmostEquals(widths.get("second > strong")!, 4.5, 1e-9);
  assertAlmostEquals(widths.get("third > scale")!, 2.75, 1e-9);
});

Deno.test("plotWorld(world) counts a slope over half the range of its attribute, and tells it by the unit", () => {
  const world = declareWorld({
    ...small,
    attributes: { age: { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 50 }, sd: 15 } },
    exposure: { threat: { age: { slope: 0.05 } } },
    items: { vote: { kind: "yesNo", effects: { age: { slope: 0.1 } } } },
  });
  const { svg } = plotWorld(world);
  // 0.05 · 30 is half of 0.1 · 30.
  assertEquals(curvesOf(readSvg(svg)).map(({ width }) => width).sort(), [2.75, 4.5]);
  assertEquals(boxOf(svg, "age").texts, ["age", "threat: +0.05 a unit"]);
});

Deno.test("plotWorld(world) writes largest coefficients into the boxes that a stimulus changes", () => {
  const { svg } = plotWorld(drifting);
  assertEquals(boxOf(svg, "ideology").texts, ["ideology", "control: right +0.8", "warning: left +0.8"]);
  assertEquals(boxOf(svg, "payer").texts, ["payer", "warning: the town +0.5"]);
  assertEquals(boxOf(svg, "worship").texts, ["worship"]);
});

Deno.test("plotWorld(world) ends a moderation on the arrow of the effect that it changes", () => {
  const { svg } = plotWorld(declareReadyWorld("heterogeneous effects", { seed: 1 }));
  const root = readSvg(svg);
  const curves = curvesOf(root).filter(({ stroke }) => stroke === blue);
  const [moderation] = curves.filter(({ dashed }) => dashed) as [Curve];
  const effect = curves.find((curve) => endsOf(curve, boxesOf(root)) === "warning > support")!;
  assert(moderation.to[0] > effect.from[0] && moderation.to[0] < effect.to[0]);
  assert(moderation.to[1] > effect.from[1] && moderation.to[1] < effect.to[1]);
  assertStringIncludes(boxOf(svg, "support").texts.join(" "), "by ideology");
});

Deno.test("plotWorld(world) of drift 0 draws exposure grey and dashed, and says that nothing is learnt from it", () => {
  const exposure = { threat: { third: { high: 1 } } };
  const { svg, summary } = plotWorld(declareWorld({ ...small, exposure, drift: 0 }));
  assertEquals(pathsOf(svg, orange), []);
  const root = readSvg(svg);
  const [dashed] = curvesOf(root).filter((curve) => curve.dashed) as [Curve];
  assertEquals([dashed.stroke, endsOf(dashed, boxesOf(root))], [grey, "threat > third"]);
  assertStringIncludes(allTexts(svg), "does not learn from it (drift 0)");
  assertStringIncludes(allTexts(svg), "Numbers are largest coefficients");
  assertStringIncludes(summary, "No stimulus changes what people answer, or who is imagined to answer.");
  const tempered = plotWorld(declareWorld({ ...small, exposure, drift: 0.5 }));
  assertStringIncludes(allTexts(tempered.svg), "tempered: 0.5");
});

Deno.test("plotWorld(world) tells an attribute from an item of the same name", () => {
  const items = { ...small.items, third: { kind: "attribute", attribute: "third" } } as const;
  const { svg } = plotWorld(declareWorld({ ...small, items }));
  const boxes = boxesOf(readSvg(svg)).filter(({ name }) => name === "third");
  assertEquals(boxes.length, 2);
  const told = curvesOf(readSvg(svg)).find((curve) => endsOf(curve, boxes) === "third > third")!;
  assert(told.to[0] > told.from[0]);
  assertEquals(told.width, 4.5);
});

Deno.test("plotWorld(world) says what has no arrows: a count table that goes together, and behaviour", () => {
  const population = (n: number[]) => ({
    ...small,
    attributes: {},
    population: tableOf({ party: ["a", "a", "b", "b"], age: ["young", "old", "young", "old"], n }),
    counts: "n",
    items: { vote: { kind: "yesNo", effects: { party: { a: 1 } } } },
  } as const);
  assertStringIncludes(
    allTexts(plotWorld(declareWorld(population([3, 1, 1, 3]))).svg),
    "as in their count table",
  );
  assert(!allTexts(plotWorld(declareWorld(population([2, 4, 1, 2]))).svg).includes("count table"));
  const { svg } = plotWorld(
    declareWorld({ ...small, behaviour: { formatFailure: { intercept: -3 }, acquiescence: 1 } }),
  );
  assertStringIncludes(allTexts(svg), "beside (format failure, acquiescence).");
  assert(!allTexts(plotWorld(clean).svg).includes("Not drawn"));
});

Deno.test("plotWorld(world) tells both paths and the controls in its summary", () => {
  assertEquals(
    plotWorld(drifting, { title: "Lead" }).summary,
    "Lead. The world “town-user-drift”: 4 attributes, 2 stimuli, 3 outcomes, 3 negative controls. Effect on support " +
      "(warning +0.6); payer (warning: the town +0.5); fee (warning +0.5). Drift through ideology (control: right " +
      "+0.8; warning: left +0.8). Negative controls: news_source; childhood_garden; worship.",
  );
  assertEquals(plotWorld(drifting).svg, plotWorld(drifting).svg);
});

Deno.test("plotWorld(width) keeps boxes apart and texts within them, down to 320 pixels", () => {
  for (const width of [320, 360, 640, 2000]) {
    for (const world of [drifting, declareReadyWorld("heterogeneous effects", { seed: 1 })]) {
      const root = readSvg(plotWorld(world, { width }).svg);
      const boxes = boxesOf(root);
      assertEquals(boxes.length, 12);
      boxes.forEach((box, i) => {
        assert(box.left >= 0 && box.right <= width);
        const hit = boxes.slice(i + 1).find((other) =>
          box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom
        );
        assertEquals(hit, undefined, `${box.name} and ${hit?.name} overlap at ${width}`);
      });
      for (const { lines, x, y, size } of drawnTexts(root)) {
        const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
        const right = boxes.find((box) =>
          x > box.left && x < box.right && y > box.top && y < box.bottom
        )?.right ?? width;
        assert(x >= 0 && x + longest <= right + 2, `"${lines.join(" / ")}" leaves its place at ${width}`);
      }
    }
  }
});

Deno.test("plotWorld(world) is one svg whatever levels, options and the world's name hold", () => {
  const hostile = `</text><script>alert(1)</script>&nbsp; "'\u00a0`;
  const options = { [hostile]: { stimuli: { threat: { effect: 1 } } }, other: {} };
  const world = declareWorld({
    ...small,
    name: hostile,
    attributes: { first: { levels: { [hostile]: {}, other: {} } } },
    exposure: { threat: { first: { [hostile]: 1 } } },
    items: { vote: { kind: "choice", options } },
  });
  for (const width of [320, 640]) {
    const { svg } = plotWorld(world, { width });
    assertEquals(
      elementsOf(readSvg(svg)).filter(({ name }) => name === "svg" || name === "script").length,
      1,
    );
    assertStringIncludes(boxOf(svg, "vote").texts[1]!, "threat: </text>");
  }
});

Deno.test("plotWorld(…) names what is wrong with its arguments", () => {
  assertThrows(
    () => plotWorld(worldEdges(clean) as never),
    TypeError,
    "Cannot plot a world as 'world' must be a world",
  );
  assertThrows(() => plotWorld(null as never), TypeError, "Cannot plot a world as 'world' must be a world");
  assertThrows(() => plotWorld(clean, { size: 1 } as never), TypeError, "option 'size' is unknown");
  for (const width of [319, 2001, 400.5]) {
    assertThrows(() => plotWorld(clean, { width }), RangeError, "Cannot plot a world as 'width' must");
  }
});
