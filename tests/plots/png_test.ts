import { assert, assertEquals, assertRejects } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { plotEffects } from "@understudy/understudy/plots";

const draw = (title: string) =>
  plotEffects(tableOf({ arm: ["threat"], estimate: [0.42], conf_low: [0.11], conf_high: [0.73] }), { title });

/** Width and height of a PNG, from its header. */
function sizeOf(png: Uint8Array<ArrayBuffer>): [number, number] {
  const view = new DataView(png.buffer);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test("figure.png(scale) draws the figure in pixels, with its words, the same twice", async () => {
  const figure = draw("One title");
  const height = Number(/height="(\d+)"/.exec(figure.svg)![1]);
  const png = await figure.png();
  assertEquals([...png.slice(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  assertEquals(sizeOf(png), [1920, 3 * height]);
  assertEquals(sizeOf(await figure.png({ scale: 1 })), [640, height]);
  assertEquals(await figure.png(), png);
  // Words of as many letters change the pixels: there is a font even where the machine has none.
  assert((await draw("Our title").png()).some((byte, at) => byte !== png[at]));
});

Deno.test("figure.png() names what is wrong with its options", async () => {
  await assertRejects(() => draw("x").png({ scale: 0 }), RangeError, "'scale'");
  await assertRejects(() => draw("x").png({ width: 1 } as never), TypeError, "option 'width' is unknown");
});
