import { assert, assertMatch } from "@std/assert";

/** What a study of examples/studies prints where nobody names a model; it always shows its plan and a transcript. */
export async function printedStudy(study: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `examples/studies/${study}.ts`],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const text = new TextDecoder().decode(stdout);
  assertMatch(text, /PROTOCOL[\s\S]*CALLS, by step[\s\S]*all steps[\s\S]*A TRANSCRIPT[\s\S]*Session/);
  assertMatch(text, /WHAT CAME[\s\S]*\nall [\s\S]*ESTIMATES[\s\S]*TRUTH: /);
  return text;
}

/** The last `count` cells of the rows of a printed table that begin with a name. */
export function cellsOf(text: string, name: RegExp, count: number): string[][] {
  const rows = text.split("\n").filter((line) => name.test(line));
  return rows.map((line) => line.trim().split(/\s+/).slice(-count));
}
