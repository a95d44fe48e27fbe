import { assertEquals, assertStringIncludes } from "@std/assert";
import { withNotebook } from "../kernel/notebook_fixture.ts";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function run(...words: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${root}cli.ts`, ...words],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("cli.ts --help lists the commands, and a command's --help its options", async () => {
  const all = await run("--help");
  assertEquals(all.code, 0);
  assertStringIncludes(all.text, "notebook run FILE...");
  assertStringIncludes(all.text, "init FOLDER");
  const one = await run("notebook", "run", "--help");
  assertEquals(one.code, 0);
  assertStringIncludes(one.text, "deno run -A cli.ts notebook run FILE... [options]");
  assertStringIncludes(one.text, "--output PATH");
  const some = await run("notebook", "--help");
  assertEquals([some.code, some.text.includes("init FOLDER")], [0, false]);
});

Deno.test("cli.ts names what is wrong in a call, shows the right one and exits with 2", async () => {
  const calls: [words: string[], says: string][] = [
    [[], "deno run -A cli.ts COMMAND"],
    [["notebook"], "notebook run FILE..."],
    [["notebook", "rnu", "a.ipynb"], "There is no command 'notebook rnu'; did you mean 'notebook run'?"],
    [["notebook", "run", "--outputs", "b"], "option '--outputs' is unknown; did you mean 'output'?"],
    [["notebook", "run"], "it takes FILE..., and 0 words were given"],
    [["init"], "deno run -A cli.ts init FOLDER"],
  ];
  for (const [words, says] of calls) {
    const { code, text } = await run(...words);
    assertStringIncludes(text, says);
    assertEquals(code, 2, words.join(" "));
  }
});

Deno.test("cli.ts exits with 1 and a sentence where a command fails", async () => {
  const { code, text } = await run("notebook", "run", "none.ipynb");
  assertEquals(code, 1);
  assertStringIncludes(text, "none.ipynb");
  assertEquals(text.includes("    at "), false);
});

Deno.test("cli.ts notebook run and verify say what they did, and exit with 1 where a cell fails or an output differs", async () => {
  await withNotebook(["6 * 7", `throw new Error("gone")`, "8"], async (path) => {
    const failed = await run("notebook", "run", path);
    assertEquals(failed.code, 1);
    assertStringIncludes(failed.text, "threw Error: gone");
    const whole = await run("notebook", "run", path, "--go-on", "--timeout", "20");
    assertEquals(whole.code, 1);
    assertStringIncludes(whole.text, "cell 3 of 3");
    assertStringIncludes(whole.text, "executed; 1 cell failed");
    assertEquals((await run("notebook", "verify", path)).code, 0);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(`"42"`, `"43"`));
    const changed = await run("notebook", "verify", path);
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.text, "cell 1, output 1, text/plain, line 1\n    file  43\n    run   42");
  });
});
