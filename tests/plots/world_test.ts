import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { plotWorld } from "@understudy/understudy/plots";
import {
  declareReadyStudy,
  declareWorld,
  readyWorldNames,
  type WorldDeclaration,
} from "@understudy/understudy/worlds";
import { drawnTexts, elementsOf, readSvg, type SvgElement } from "./read_svg.ts";

const [blue, orange] = ["#0072b2", "#c04a00"];
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

/** Boxes by the first text within them. */
function boxesOf(root: SvgElement) {
  return elementsOf(root).filter(({ name, attributes }) =>
    name === "rect" && attributes["aria-label"] === "rect"
  )
    .map(({ attributes }) => {
      const [left, top, width, height] = ["x", "y", "width", "height"].map((name) =>
        Number(attributes[name])
      );
      const box = { left: left!, right: left! + width!, top: top!, bottom: top! + height! };
      const within = drawnTexts(root).filter(({ x, y }) =>
        x > box.left && x < box.right && y > box.top && y < box.bottom
      );
      return { ...box, name: within[0]!.text.replaceAll("_ ", "_"), texts: within.map(({ text }) => text) };
    });
}

/** The arrows between boxes: their colour and width, and the names of the boxes that they join. */
function arrowsOf(svg: string): { stroke: string; width: number; joins: string }[] {
  const root = readSvg(svg);
  const boxes = boxesOf(root);
  const at = (x: number, y: number, reach: number) =>
    boxes.find(({ left, right, top, bottom }) =>
      y >= top && y <= bottom && Math.min(Math.abs(x - left), Math.abs(x - right)) < reach
    )?.name;
  return elementsOf(root).filter(({ name, attributes }) =>
    name === "path" && attributes["aria-label"] === "line"
  )
    .map(({ attributes }) => {
      const numbers = attributes.d!.match(/-?[\d.]+/g)!.map(Number);
      const [from, to] = [at(numbers[0]!, numbers[1]!, 0.1), at(numbers.at(-2)!, numbers.at(-1)!, 14)];
      return {
        stroke: attributes.stroke!,
        width: Number(attributes["stroke-width"]),
        joins: `${from} > ${to}`,
      };
    }).filter(({ stroke, joins }) => stroke !== "#ffffff" && !joins.includes("undefined"));
}

function pathsOf(svg: string, colour: string): string[] {
  return arrowsOf(svg).filter(({ stroke }) => stroke === colour).map(({ joins }) => joins).sort();
}

Deno.test("plotWorld(world) draws the effect in blue to outcomes only, and the drift in orange through the attribute", () => {
  const { svg } = plotWorld(declareReadyStudy("user drift", { seed: 1 }).world);
  assertEquals(pathsOf(svg, blue!), ["warning > fee", "warning > payer", "warning > support"]);
  const answered = ["childhood_garden", "fee", "news_source", "payer", "support", "worship"];
  assertEquals(pathsOf(svg, orange!), [
    "control > ideology",
    ...answered.map((item) => `ideology > ${item}`),
    "warning > ideology",
  ]);
  assertEquals(pathsOf(plotWorld(declareReadyStudy("clean", { seed: 1 }).world).svg, orange!), []);
});

Deno.test("plotWorld(world) draws every row of its table, boxes apart, for every ready world", () => {
  for (const name of readyWorldNames) {
    for (const width of [320, 640]) {
      const { svg, table } = plotWorld(declareReadyStudy(name, { seed: 1 }).world, { width });
      const heads = elementsOf(readSvg(svg)).filter(({ attributes }) =>
        /rotate/.test(attributes.transform ?? "")
      );
      const moderations = table.filter("d => d.kind === 'moderation'").numRows();
      const legend = new Set(table.array("kind")).size;
      assert(heads.length >= table.numRows() - moderations && heads.length <= table.numRows() + legend, name);
      const boxes = boxesOf(readSvg(svg));
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

Deno.test("plotWorld(world) draws a larger coefficient wider, of a scale in units of its noise, and spares crossings", () => {
  const { svg } = plotWorld(declareWorld(small));
  const widths = new Map(arrowsOf(svg).map(({ joins, width }) => [joins, width]));
  assertEquals(widths, new Map([["third > alpha", 4.5], ["second > beta", 2.75], ["first > gamma", 2.75]]));
  const places = boxesOf(readSvg(svg)).map(({ name, top }) => [name, top] as const).sort(([, a], [, b]) =>
    a - b
  );
  const order = places.map(([name]) => name).filter((name) => !["control", "threat"].includes(name));
  const pairs = [["first", "gamma"], ["second", "beta"], ["third", "alpha"]];
  const ranks = pairs.map((pair) =>
    pair.map((name) =>
      order.filter((other) =>
        pair.length && (Object.hasOwn(small.items, other) === Object.hasOwn(small.items, name))
      ).indexOf(name)
    )
  );
  for (const [left, right] of ranks) assertEquals(left, right);
});

Deno.test("plotWorld(world) says what a drift of 0 is, what a slope is, and what has no arrows", () => {
  const says = (declaration: WorldDeclaration) =>
    drawnTexts(readSvg(plotWorld(declareWorld(declaration)).svg)).map(({ text }) => text).join(" | ");
  const exposure = { threat: { third: { high: 1 } } };
  assertStringIncludes(says({ ...small, exposure, drift: 0 }), "does not learn from it (drift 0)");
  assertStringIncludes(says({ ...small, exposure, drift: 0.5 }), "tempered: 0.5");
  const age = { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 50 }, sd: 15 } as const;
  const items = { vote: { kind: "yesNo", effects: { age: { slope: 0.1 } } } } as const;
  assertStringIncludes(
    says({ ...small, attributes: { age }, items, exposure: { threat: { age: { slope: 0.05 } } } }),
    "threat: +0.05 a unit",
  );
  assertStringIncludes(says({ ...small, behaviour: { acquiescence: 1 } }), "beside (acquiescence).");
  const counted = (n: number[]) =>
    says({
      ...small,
      attributes: {},
      population: tableOf({ party: ["a", "a", "b", "b"], age: ["young", "old", "young", "old"], n }),
      counts: "n",
      items: { vote: { kind: "yesNo", effects: { party: { a: 1 } } } },
    });
  assertStringIncludes(counted([3, 1, 1, 3]), "as in their count table");
  assert(!counted([2, 4, 1, 2]).includes("count table"));
});

Deno.test("plotWorld(…) names what is wrong with its arguments, and escapes what a world holds", () => {
  assertThrows(() => plotWorld(null as never), TypeError, "Cannot plot a world as 'world' must be a world");
  const hostile = `</text><script>alert(1)</script>&nbsp;`;
  const options = { [hostile]: { stimuli: { threat: { effect: 1 } } }, other: {} };
  const { svg } = plotWorld(
    declareWorld({ ...small, name: hostile, items: { vote: { kind: "choice", options } } }),
  );
  assert(!elementsOf(readSvg(svg)).some(({ name }) => name === "script"));
});
