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

/** The numbers of the row of the printed result that begins with a label, by their columns. */
function numbersOf(text: string, label: string): { [column: string]: number } {
  const lines = text.slice(text.indexOf("RESULT")).split("\n");
  const names = lines.find((row) => row.startsWith("label  "))!.trim().split(/\s+/).slice(1);
  const line = lines.find((row) => row.startsWith(`${label}  `))!;
  const values = line.slice(label.length).trim().split(/\s+/);
  return Object.fromEntries(names.map((name, at) => [name, Number(values[at])]));
}

Deno.test("the demo shows a naive effect that misses the truth and a repaired one that holds it, and asks once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = await demo(folder);
    assertMatch(first, /The model was asked 1800 times/);
    const naive = numbersOf(first, "base persona");
    const repaired = numbersOf(first, "with party, ideology");
    const truth = naive.true_effect!;
    assert(truth < naive.conf_low!, `${truth} lies below ${naive.conf_low}`);
    assert(repaired.conf_low! <= truth && truth <= repaired.conf_high!, `${truth} lies in the interval`);
    assert(repaired.widened_low! < repaired.conf_low! && repaired.conf_high! < repaired.widened_high!);
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
