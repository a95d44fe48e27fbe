import { assertEquals, assertStringIncludes } from "@std/assert";
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
