import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

const root = new URL("../../", import.meta.url);

async function demo(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "examples/demo.ts", folder],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The numbers of the row of a printed table that begins with a label. */
function numbersOf(text: string, label: string): number[] {
  const line = text.slice(text.indexOf("RESULT")).split("\n").find((row) => row.startsWith(`${label}  `))!;
  return line.slice(label.length).match(/-?\d*\.\d+/g)!.map(Number);
}

Deno.test("the demo shows a naive effect that misses the truth and a repaired one that holds it, and asks once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = await demo(folder);
    assertMatch(first, /The model was asked 1800 times/);
    const [, naiveLow, , truth] = numbersOf(first, "base persona") as [number, number, number, number];
    const [, low, high] = numbersOf(first, "with party, ideology") as [number, number, number];
    assert(truth < naiveLow, `${truth} lies below ${naiveLow}`);
    assert(low <= truth && truth <= high, `${truth} lies in [${low}, ${high}]`);
    const second = await demo(folder);
    assertMatch(second, /The model was asked for nothing/);
    const result = (text: string) => text.slice(text.indexOf("RESULT"), text.indexOf("The model was asked"));
    assertEquals(result(second), result(first));
    const page = await Deno.readTextFile(`${folder}/report.html`);
    for (const part of ["<!doctype html>", "true effect", "Provenance", "border-incursion"]) {
      assertStringIncludes(page, part);
    }
    for (const name of ["effects.svg", "drift.svg"]) {
      assertMatch(await Deno.readTextFile(`${folder}/${name}`), /^<svg [\s\S]*<\/svg>\s*$/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
