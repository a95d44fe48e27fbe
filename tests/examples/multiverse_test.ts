import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("a study in 24 configurations gives a specification curve, and a checklist that counts them", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "examples/multiverse.ts"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(success, text + new TextDecoder().decode(stderr));
  assertMatch(
    text,
    /24 of 24 planned configurations \(24 possible\) have an estimate: from [-\d.]+ to [-\d.]+/,
  );
  assertMatch(await Deno.readTextFile(`${root}out/multiverse.svg`), /^<svg [\s\S]*<\/svg>\s*$/);
  assertMatch(await Deno.readTextFile(`${root}out/multiverse_codebook.csv`), /persona_id[\s\S]*support/);
  const page = await Deno.readTextFile(`${root}out/multiverse_checklist.html`);
  for (
    const part of ["town-clean: GUIDE-LLM", "town-user-drift: GUIDE-LLM", "24 of 24 planned configurations"]
  ) {
    assertStringIncludes(page, part);
  }
});
