import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { plotWorld } from "@understudy/understudy/plots";
import {
  declareReadyStudy,
  declareWorld,
  readyWorldNames,
  type WorldDeclaration,
} from "@understudy/understudy/worlds";
import { society } from "../worlds/fixtures.ts";
import { drawnTexts, elementsOf, readSvg, type SvgElement } from "./read_svg.ts";

const [blue, orange] = ["#0072b2", "#c04a00"] as const;
const levels = { low: {}, high: {} };
const small: WorldDeclaration = {
  name: "small",
  seed: 1,
  attributes: { first: { levels }, second: { levels }, third: { levels } },
  stimuli: { control: "an exercise", threat: "an incursion" },
  items: {
    alpha: { kind: "yesNo", effects: { third: { high: 1 } } },
    beta: { kind: "yesNo", effects: { second: { high: 0.5 } } },
    gamma: { kind: "scale", range: [0, 100], sd: 20, effects: { first: { high: 10 } } },
  },
};

/** Boxes from top to bottom, called by the first text within them. */
function boxesOf(root: SvgElement) {
  const texts = drawnTexts(root);
  return elementsOf(root).filter(({ name, attributes }) =>
    name === "rect" && attributes["aria-label"] === "rect"
  )
    .map(({ attributes: { x, y, width, height } }) => {
      const [left, top] = [Number(x), Number(y)];
      const [right, bottom] = [left + Number(width), top + Number(height)];
      const own = texts.find((text) => text.x > left && text.x < right && text.y > top && text.y < bottom)!;
      return { left, right, top, bottom, name: own.text.replaceAll("_ ", "_") };
    }).sort((a, b) => a.top - b.top);
}

/** The arrows between boxes: their colour and width, and the names of the boxes that they join. */
function arrowsOf(svg: string): { stroke: string; width: number; joins: string }[] {
  const root = readSvg(svg);
  const boxes = boxesOf(root);
  const boxAt = (x: number, y: number, reach: number) =>
    boxes.find(({ left, right, top, bottom }) =>
      y >= top && y <= bottom && Math.min(Math.abs(x - left), Math.abs(x - right)) < reach
    )?.name;
  return elementsOf(root).filter(({ name, attributes }) =>
    name === "path" && attributes["aria-label"] === "line"
  )
    .map(({ attributes: { d, stroke, "stroke-width": width } }) => {
      const places = d!.match(/-?[\d.]+/g)!.map(Number);
      const [from, to] = [boxAt(places[0]!, places[1]!, 0.1), boxAt(places.at(-2)!, places.at(-1)!, 14)];
      return { stroke: stroke!, width: Number(width), joins: `${from} > ${to}` };
    }).filter(({ stroke, joins }) => stroke !== "#ffffff" && !joins.includes("undefined"));
}

function pathsOf(svg: string, colour: string): string[] {
  return arrowsOf(svg).filter(({ stroke }) => stroke === colour).map(({ joins }) => joins).sort();
}

function sayings(declaration: WorldDeclaration): string {
  return drawnTexts(readSvg(plotWorld(declareWorld(declaration)).svg)).map(({ text }) => text).join(" | ");
}

Deno.test("plotWorld(world) draws the effect in blue to outcomes only, and the drift in orange through the attribute", () => {
  const { svg } = plotWorld(declareReadyStudy("user drift", { seed: 1 }).world);
  assertEquals(pathsOf(svg, blue), ["warning > fee", "warning > payer", "warning > support"]);
  const answered = ["childhood_garden", "fee", "news_source", "payer", "support", "worship"];
  const drift = ["control > ideology", ...answered.map((item) => `ideology > ${item}`), "warning > ideology"];
  assertEquals(pathsOf(svg, orange), drift);
  assertEquals(pathsOf(plotWorld(declareReadyStudy("clean", { seed: 1 }).world).svg, orange), []);
});

Deno.test("plotWorld(world) draws every arrow of its table, boxes apart, for every ready world", () => {
  for (const name of readyWorldNames) {
    for (const width of [320, 640]) {
      const { svg, table } = plotWorld(declareReadyStudy(name, { seed: 1 }).world, { width });
      const boxes = boxesOf(readSvg(svg));
      const heads = elementsOf(readSvg(svg)).filter(({ attributes }) =>
        /rotate/.test(attributes.transform ?? "")
      );
      const own = heads.filter(({ attributes }) =>
        Number(/,(-?[\d.]+)\)/.exec(attributes.transform!)![1]) < boxes.at(-1)!.bottom
      );
      assertEquals(own.length, table.filter("d => d.kind !== 'moderation'").numRows(), name);
      boxes.forEach((box, place) => {
        assert(box.left >= 0 && box.right <= width);
        const hit = boxes.slice(place + 1).find((other) =>
          box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom
        );
        assertEquals(hit, undefined, `${box.name} and ${hit?.name} overlap at ${width}`);
      });
    }
  }
});

Deno.test("plotWorld(world) has one row for each cause of anything, with its largest coefficient", () => {
  const { table } = plotWorld(declareWorld(society));
  const arrows = (table.objects() as { [column: string]: unknown }[])
    .map(({ from, to, kind, size }) => `${from} ${kind} ${to} ${Number(size).toFixed(2)}`);
  assertEquals(arrows, [
    "threat exposure ideology 1.00",
    "threat exposure party 0.40",
    // In units of the noise, whose standard deviation is 1.1.
    "ideology answer support 0.91",
    "threat effect support 0.55",
    "ideology moderation support 0.36",
    "threat effect blame 0.70",
    "ideology answer gun 1.00",
    "party answer own_party Infinity",
  ]);
  assertEquals(table.get("via", 4), "threat");
  assertEquals(table.get("via", 5), null);
});

Deno.test("plotWorld(world) draws a larger coefficient wider, of a scale in units of its noise", () => {
  const { svg } = plotWorld(declareWorld(small));
  const widths = arrowsOf(svg).map(({ joins, width }) => [joins, width]);
  assertEquals(widths, [["third > alpha", 4.5], ["second > beta", 2.75], ["first > gamma", 2.75]]);
});

Deno.test("plotWorld(world) says what a drift of 0 is, what a slope is, and what has no arrows", () => {
  const exposure = { threat: { third: { high: 1 } } };
  assertStringIncludes(sayings({ ...small, exposure, drift: 0 }), "does not learn from it (drift 0)");
  assertStringIncludes(sayings({ ...small, exposure, drift: 0.5 }), "tempered: 0.5");
  const age = { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 50 }, sd: 15 } as const;
  const items = { vote: { kind: "yesNo", effects: { age: { slope: 0.1 } } } } as const;
  const sloped = { ...small, attributes: { age }, items, exposure: { threat: { age: { slope: 0.05 } } } };
  assertStringIncludes(sayings(sloped), "threat: +0.05 a unit");
  assertStringIncludes(sayings({ ...small, behaviour: { acquiescence: 1 } }), "beside (acquiescence).");
  const population = (n: number[]) => tableOf({ party: ["a", "a", "b", "b"], age: ["x", "y", "x", "y"], n });
  const counted = { ...small, attributes: {}, counts: "n", items: { vote: { kind: "yesNo" } } } as const;
  assertStringIncludes(
    sayings({ ...counted, population: population([3, 1, 1, 3]) }),
    "as in their count table",
  );
  assert(!sayings({ ...counted, population: population([2, 4, 1, 2]) }).includes("count table"));
});

Deno.test("plotWorld(…) names what is wrong with its arguments, and escapes what a world holds", () => {
  assertThrows(() => plotWorld(null as never), TypeError, "Cannot plot a world as 'world' must be a world");
  const hostile = `</text><script>alert(1)</script>&nbsp;`;
  const options = { [hostile]: { stimuli: { threat: { effect: 1 } } }, other: {} };
  const world = declareWorld({ ...small, name: hostile, items: { vote: { kind: "choice", options } } });
  assert(!elementsOf(readSvg(plotWorld(world).svg)).some(({ name }) => name === "script"));
});
