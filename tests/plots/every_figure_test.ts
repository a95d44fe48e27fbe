import { assert, assertEquals, assertThrows } from "@std/assert";
import { jupyterDisplay } from "@understudy/understudy/core";
import { measureText } from "../../lib/plots/text_layout.ts";
import { figures } from "./figures.ts";
import { drawnTexts, elementsOf, readSvg, type SvgElement } from "./read_svg.ts";

const hostile = `</text><script>alert("1")</script> &nbsp; 'x' ]]> \u0000\u00a0\ufffe--`;

/** Every drawn text as a rectangle, measured as wide as the layout holds it to be. */
function boxesOf(root: SvgElement) {
  return drawnTexts(root).map(({ text, lines, x, y, size, bold, anchor }) => {
    const width = Math.max(...lines.map((line) => measureText(line, { size, bold })));
    const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
    return { text, left, right: left + width, top: y, bottom: y + lines.length * size * 1.3 };
  });
}

for (const [name, draw] of Object.entries(figures)) {
  Deno.test(`${name} is one svg that stands alone, whatever its texts hold`, () => {
    const { svg } = draw({ title: hostile, subtitle: hostile });
    const root = readSvg(svg);
    const elements = elementsOf(root);
    assertEquals(elements.filter((element) => element.name === "svg").length, 1);
    assertEquals(root.attributes.xmlns, "http://www.w3.org/2000/svg");
    assertEquals(root.attributes.viewBox, `0 0 640 ${root.attributes.height}`);
    // Background and ink of its own; no style sheet, which would apply to the page; no raster and no colour ramp.
    assertEquals(root.attributes.fill, "#1a1a1a");
    assert(elements.some((element) => element.name === "rect" && element.attributes.fill === "#ffffff"));
    const parts = new Set(elements.map((element) => element.name));
    const allowed = ["svg", "title", "desc", "g", "rect", "path", "circle", "text", "tspan"];
    assertEquals([...parts].filter((part) => !allowed.includes(part)), []);
    assert(!/NaN|Infinity|undefined/.test(svg.replace(/<desc>.*?<\/desc>/, "")));
  });

  Deno.test(`${name} keeps its texts on the card and apart, at any width`, () => {
    for (const width of [320, 400, 539, 540, 1200]) {
      const boxes = boxesOf(readSvg(draw({ width }).svg));
      assert(boxes.length > 4);
      boxes.forEach((box, place) => {
        assert(box.left >= 0 && box.right <= width, `"${box.text}" leaves the card of ${width}`);
        const hit = boxes.slice(place + 1).find((other) =>
          box.left < other.right && other.left < box.right && box.top + 1 < other.bottom &&
          other.top + 1 < box.bottom
        );
        assertEquals(hit, undefined, `"${box.text}" runs into "${hit?.text}" at ${width}`);
      });
    }
  });

  Deno.test(`${name} is shown as a picture of its svg with a summary on one line, the same twice`, () => {
    const figure = draw();
    const { "text/html": html, ...others } = figure[jupyterDisplay]() as { [type: string]: string };
    assertEquals(others, { "text/plain": figure.summary });
    const start =
      `<img alt="[^"<>]+" width="640" height="\\d+" style="[^"<>]+" src="data:image/svg\\+xml;base64,`;
    const [, data] = new RegExp(`^${start}([^"]+)">$`).exec(html!)!;
    assertEquals(new TextDecoder().decode(Uint8Array.fromBase64(data!)), figure.svg);
    assert(!figure.summary.includes("\n") && figure.summary.endsWith("."), figure.summary);
    assertEquals(draw().svg, figure.svg);
    assertEquals("document" in globalThis, false);
  });

  Deno.test(`${name} has no text that drives a terminal or turns round the words after it`, () => {
    const title = "a\x1b[31m \u202eb\u0007\n c";
    const { svg, summary } = draw({ title, subtitle: title });
    // deno-lint-ignore no-control-regex -- these are what may not be there
    assert(!/[\x07\x1b\u202e]/.test(svg + summary) && summary.startsWith("a b  c:"), summary);
  });

  Deno.test(`${name} names what is wrong with its options`, () => {
    assertThrows(() => draw({ width: 100 }), RangeError, "320 to 2000");
    assertThrows(() => draw({ titel: "x" } as never), TypeError, "option 'titel' is unknown");
  });
}
