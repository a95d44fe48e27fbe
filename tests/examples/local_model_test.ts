import { assert, assertMatch } from "@std/assert";

Deno.test("the study of a local model probes, asks and estimates, also where no model is at hand", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "examples/local_model.ts"],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const text = new TextDecoder().decode(stdout);
  assertMatch(
    text,
    /PROBE[\s\S]*endpoint\s+reached[\s\S]*ASK: 40 personas, the questions together/,
  );
  assertMatch(text, /WHAT CAME[\s\S]*EFFECT[\s\S]*threat/);
});
