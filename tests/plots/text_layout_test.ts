import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { measureText, wrapText } from "../../lib/plots/text_layout.ts";
import { decimalsOf, domainOf, writeInterval, writeNumber, writeP } from "../../lib/plots/numbers.ts";

Deno.test("measureText(text) follows Helvetica's advance widths", () => {
  // Adobe's font metrics for Helvetica: H 722, e 556, l 222, l 222, o 556; the layout allows 3% more.
  assertAlmostEquals(measureText("Hello", { size: 10 }), 22.78 * 1.03, 1e-9);
  assertAlmostEquals(measureText("~ ", { size: 1000 }), (584 + 278) * 1.03, 1e-9);
});

Deno.test("wrapText(text, width) breaks between words and loses none", () => {
  const style = { size: 13 };
  const text = "Personas with ideology and party stated";
  const lines = wrapText(text, 120, style, 9);
  assert(lines.length > 1);
  assertEquals(lines.join(" "), text);
  for (const line of lines) assert(measureText(line, style) <= 120);
});

Deno.test("wrapText(text, width) breaks a word that is too long, after an underscore where there is one", () => {
  assertEquals(wrapText("foreign_policy_support", 100, { size: 13 }, 9), ["foreign_policy_", "support"]);
  assertEquals(wrapText("x".repeat(30), 66, { size: 13 }, 9).join(""), "x".repeat(30));
});

Deno.test("wrapText(text, width, style, maximumLines) ends what it cuts with an ellipsis", () => {
  const lines = wrapText("one two three four five six seven eight nine", 50, { size: 13 }, 2);
  assertEquals(lines.length, 2);
  assert(lines[1]!.endsWith("…"));
  assertEquals(wrapText("  ", 50, { size: 13 }), []);
});

Deno.test("decimalsOf(domain) gives as many decimals as the axis can tell apart", () => {
  assertEquals(
    [[-0.1, 1.5], [0, 0.4], [-3, 3], [0, 0.04], [0, 100], [0, 5000]].map((domain) =>
      decimalsOf(domain as [number, number])
    ),
    [2, 2, 2, 3, 0, 0],
  );
});

Deno.test("domainOf(values) holds every finite value and is never empty", () => {
  const [low, high] = domainOf([0, 2, NaN, Infinity, -1]);
  assert(low < -1 && high > 2 && high < 3);
  assertEquals(domainOf([NaN]), [-1.12, 1.12]);
  assertEquals(domainOf([0, 0.4], 0)[0], 0);
});

Deno.test("writeNumber(value, decimals) has a true minus sign and no minus zero", () => {
  assertEquals([-1.234, -0.001, 0.5, NaN, -Infinity].map((value) => writeNumber(value, 2)), [
    "−1.23",
    "0.00",
    "0.50",
    "–",
    "−∞",
  ]);
  assertEquals(writeInterval(1, NaN, NaN, 1), "1.0");
  assertEquals([writeP(0.00005), writeP(0.0321)], ["p < .001", "p = .032"]);
});
