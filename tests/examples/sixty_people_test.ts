import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("a file of sixty people's answers becomes a calibrated effect, a paragraph and a figure", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "examples/sixty_people.ts"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(success, text + new TextDecoder().decode(stderr));
  assertMatch(text, /free +dt_dip .* 59 +500 .*calibrated/);
  assertMatch(text, /free +humans_alone .* 59 +0 +59 .*human/);
  assertStringIncludes(text, "random sample of those whom the personas stand for");
  assertMatch(await Deno.readTextFile(`${root}out/sixty_people.svg`), /^<svg [\s\S]*<\/svg>\s*$/);
});
