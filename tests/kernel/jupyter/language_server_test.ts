import { assert, assertEquals } from "@std/assert";
import { LanguageServer } from "../../../lib/kernel/jupyter/language_server.ts";
import { openWorkspace } from "../../../lib/kernel/session/workspace.ts";

/** As long as a machine with much else to do may need. */
const patienceMs = 120_000;

Deno.test("help while a cell is written", async (t) => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/helper.ts`,
    "/** Helps with *everything*. */\nexport function help(count: number) {}",
  );
  const sources = [
    'import { samplePersonas } from "@understudy/understudy/personas";\nimport type { Table } from "@understudy/understudy/core";',
    "const replaced = 'text';\ndeclare const people: Table",
    'import { help } from "./helper.ts";\nconst ünïcode𝒙 = 5;',
    "const replaced = { first: 1, second: 2 };",
  ];
  const workspace = await openWorkspace(folder);
  // A session as far as help asks it: its values are those of this process.
  const session = {
    options: { folder, onOutput() {} },
    workspace,
    sources,
    names: new Set(["people", "study"]),
    async evaluate(code: string) {
      const value = await (0, eval)(code);
      return { data: value[Symbol.for("Jupyter.display")]() };
    },
  };
  const server = new LanguageServer(session, patienceMs);
  const complete = (code: string, cursor = [...code].length) => server.complete(code, cursor);
  try {
    await t.step("members of what a cell declared last", async () => {
      const { matches, cursor_start, cursor_end } = await complete("replaced.se");
      assertEquals([matches, cursor_start, cursor_end], [["second"], 9, 11]);
    });
    await t.step("names of cells, places counted in code points", async () => {
      const { matches, cursor_start, cursor_end } = await complete("const 𝒚 = '𝒛𝒛'; ünïc");
      assertEquals([matches[0], cursor_start, cursor_end], ["ünïcode𝒙", 16, 20]);
    });
    await t.step("options of a function of the toolkit, in a folder without configuration", async () => {
      const { matches } = await complete("samplePersonas(people, { ");
      assert(["n", "seed", "counts"].every((name) => matches.includes(name)), matches.join());
    });
    await t.step(
      "files beside the notebook, and what they export, in an import that is being written",
      async () => {
        const path = await complete('import {  } from "./he"', 22);
        assertEquals(path, { matches: ["./helper.ts"], cursor_start: 18, cursor_end: 22 });
        assert((await complete('1;\nimport { he } from "./helper.ts"', 14)).matches.includes("help"));
      },
    );
    await t.step("the columns of tables and the arms and items of designs, inside of a text", async () => {
      Object.assign(globalThis, {
        people: { columnNames: () => ["party", "age"] },
        study: { probabilities: { control: 0.5, contact: 0.5 }, items: [{ name: "colour" }] },
      });
      assertEquals((await complete("people.get('pa")).matches, ["party"]);
      assertEquals((await complete('f(study, { outcome: "co')).matches, ["control", "contact", "colour"]);
    });
    await t.step("signature and documentation of a name, and of the function that is called", async () => {
      const named = await server.inspect("help", 2);
      assert(String(named.data["text/markdown"]).includes("Helps with *everything*."));
      assert(
        String(named.data["text/plain"]).startsWith("(alias) function help(count: number): void"),
        named.data["text/plain"] as string,
      );
      const called = await server.inspect("samplePersonas(people, { n: (1 + 2), ", 37);
      assert(String(called.data["text/plain"]).includes("samplePersonas(population"));
      assertEquals((await server.inspect("   ", 1)).found, false);
    });
    await t.step("errors of types in the cell at hand alone, at its lines", async () => {
      const notes = await server.diagnose(
        "const x: string = 1;\n\nhelp('two');\nimport unknown from 'not-installed';",
      );
      assertEquals(notes.map(({ line, column, code }) => [line, column, code]), [[1, 7, "TS2322"], [
        3,
        6,
        "TS2345",
      ]]);
      assertEquals(await server.diagnose("replaced.first.toFixed()"), []);
    });
    await t.step(
      "where the server ends, the names of the session are known, and the next question starts another",
      async () => {
        const asked = complete("1 + peo");
        for (const child of servers()) Deno.kill(child, "SIGKILL");
        assertEquals(await asked, { matches: ["people"], cursor_start: 4, cursor_end: 7 });
        const again = complete("1 + peo");
        while (servers().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        await server.close();
        assertEquals((await again).matches, ["people"]);
      },
    );
  } finally {
    await server.close();
    await workspace.close();
    await Deno.remove(folder, { recursive: true });
  }
  await t.step("once help is closed nothing is started, and nothing throws", async () => {
    assertEquals((await complete("1 + peo")).matches, ["people"]);
    assertEquals([(await server.inspect("people", 2)).found, await server.diagnose("people")], [false, []]);
    assertEquals(servers(), []);
  });
});

/** The language servers that this process has started and that live (Linux). */
function servers(): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      const [parent] = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) [^Z] /, "").split(" ").map(
        Number,
      );
      return parent === Deno.pid && Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0").includes("lsp");
    } catch {
      return false;
    }
  });
}
