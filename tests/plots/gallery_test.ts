import { assert, assertEquals } from "@std/assert";
import { escapeHtml } from "@understudy/understudy/core";
import { figures } from "./figures.ts";

/*
 * One drawing for each figure, kept as it was last looked at: `UPDATE_GALLERY=1 deno test -A tests/plots` draws them
 * again, and `tests/plots/gallery/index.html` shows them all, wide and narrow, on a light and on a dark page.
 */
const gallery = new URL("./gallery/", import.meta.url);
const update = Deno.env.get("UPDATE_GALLERY") === "1";
const narrow = [
  "agreement",
  "drift",
  "effects-truth",
  "calibration-arms",
  "audit",
  "repair",
  "specifications",
  "network",
  "protocol",
  "protocol-crowded",
  "stability",
  "world",
];
const drawings: { readonly [file: string]: () => string } = {
  ...Object.fromEntries(Object.entries(figures).map(([name, draw]) => [`${name}.svg`, () => draw().svg])),
  ...Object.fromEntries(
    narrow.map((name) => [`${name}-narrow.svg`, () => figures[name]!({ width: 400 }).svg]),
  ),
};

/** A line for each element, and places as far as machines agree. */
function normalise(svg: string): string {
  const short = (number: string) => String(Math.round(Number(number) * 10) / 10);
  return svg.replaceAll(/></g, ">\n<").trim()
    .replaceAll(/<[^>]*>/g, (tag) => tag.replaceAll(/-?\d+\.\d+/g, short));
}

function page(): string {
  const shown = Object.keys(drawings).map((file) =>
    `<figure><figcaption>${escapeHtml(file)}</figcaption><img src="${escapeHtml(file)}" alt="${
      escapeHtml(file)
    }"></figure>`
  );
  return `<!doctype html>
<meta charset="utf-8">
<title>Figures</title>
<style>
  section { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; padding: 16px; font: 13px sans-serif }
  figure { margin: 0 }
  .dark { background: #1e1e1e; color: #ddd }
</style>
<section>
${shown.join("\n")}
</section>
<section class="dark">
${shown.join("\n")}
</section>
`;
}

Deno.test("the gallery holds every figure, and nothing else", () => {
  if (update) {
    Deno.mkdirSync(gallery, { recursive: true });
    for (const { name } of Deno.readDirSync(gallery)) Deno.removeSync(new URL(name, gallery));
    for (const [file, draw] of Object.entries(drawings)) {
      Deno.writeTextFileSync(new URL(file, gallery), draw().replaceAll(/></g, ">\n<") + "\n");
    }
    Deno.writeTextFileSync(new URL("index.html", gallery), page());
  }
  const kept = [...Deno.readDirSync(gallery)].map(({ name }) => name).sort();
  assertEquals(kept, [...Object.keys(drawings), "index.html"].sort());
  assertEquals(Deno.readTextFileSync(new URL("index.html", gallery)), page());
});

for (const [file, draw] of Object.entries(drawings)) {
  Deno.test(`the gallery shows ${file} as it is drawn`, () => {
    const kept = normalise(Deno.readTextFileSync(new URL(file, gallery))).split("\n");
    const drawn = normalise(draw()).split("\n");
    const line = drawn.findIndex((own, place) => own !== kept[place]);
    assert(
      line < 0 && kept.length === drawn.length,
      `${file} differs from line ${line + 1}: ${kept[line]} is now ${
        drawn[line]
      }; look at it, and where it is right ` +
        "run UPDATE_GALLERY=1 deno test -A tests/plots",
    );
  });
}
