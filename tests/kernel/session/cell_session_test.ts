import { assert, assertEquals, assertMatch } from "@std/assert";
import { type CellError, CellSession, type SessionOutput } from "../../../lib/kernel/session/cell_session.ts";
import { isAlive } from "../notebook_fixture.ts";
import { endlessCells } from "./endless_cells.ts";
import { semanticCells } from "./semantic_cells.ts";

const outputs: SessionOutput[] = [];
const lost: string[] = [];
let answer: (prompt: string) => Promise<string> = () => Promise.resolve("");
let opening: Promise<CellSession> | undefined;
let cells = 0;

/** The one session of this file's tests: starting Deno is what takes time. */
function shared(): Promise<CellSession> {
  return opening ??= CellSession.open({
    folder: import.meta.dirname!,
    onOutput: (output) => void outputs.push(output),
    onInput: ({ prompt }) => answer(prompt),
    onLost: (why) => void lost.push(why),
  });
}

interface Ran {
  readonly number: number;
  readonly error: CellError | null;
  readonly outputs: readonly SessionOutput[];
}

/** Runs a cell; its outputs are those that came until its end. */
async function run(source: string): Promise<Ran> {
  outputs.length = 0;
  const number = ++cells;
  const error = await (await shared()).run(source, { number });
  return { number, error, outputs: outputs.slice() };
}

function printed(outputs: readonly SessionOutput[], name = "stdout"): string {
  return outputs.filter(({ type, content }) => type === "stream" && content.name === name)
    .map(({ content }) => content.text).join("");
}

/** The value of the last expression, as text. */
function valueOf({ outputs, error }: Ran): unknown {
  if (error !== null) return error.ename;
  const result = outputs.find(({ type }) => type === "execute_result");
  return result === undefined
    ? undefined
    : (result.content.data as { [type: string]: unknown })["text/plain"];
}

/** Waits until a check holds; the test's own limit of time ends it otherwise. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Runs a cell, presses the stop button once it is under way, and gives what became of it. */
async function stopped(source: string): Promise<Ran> {
  const session = await shared();
  outputs.length = 0;
  const number = ++cells;
  let hasEnded = false;
  const end = session.run(`console.log("begun");\n${source}`, { number }).finally(() => hasEnded = true);
  await until(() => hasEnded || printed(outputs).includes("begun"));
  await session.stop();
  return { number, error: await end, outputs: outputs.slice() };
}

Deno.test({
  name: "a session with Deno",
  // The session outlives its steps.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await t.step("a cell means what it means in Deno's kernel", async () => {
      for (const { title, cells, value } of semanticCells) {
        let ran: Ran | undefined;
        for (const cell of cells) ran = await run(cell);
        assertEquals([title, valueOf(ran!) ?? "undefined"], [title, value]);
      }
    });

    await t.step("outputs of every kind come whole, in order and below their cell", async () => {
      const source = `
        console.log("first");
        console.error("second");
        await Deno.stdout.write(new TextEncoder().encode("third\\n"));
        await Deno.jupyter.display({ "text/plain": "fourth" }, { raw: true });
        (await import("node:process")).default.stdout.write("fifth\\n");
        await Deno.jupyter.broadcast("clear_output", { wait: true });
        const { getWriter } = WritableStream.prototype;
        await getWriter.call(Deno.stderr.writable).write(new TextEncoder().encode("sixth\\n"));
        "seventh"`;
      const { outputs, number } = await run(source);
      assertEquals(
        outputs.map((
          { type, content },
        ) => [type, content.text ?? (content.data as Record<string, unknown>)?.["text/plain"]]),
        [
          ["stream", "first\n"],
          ["stream", "second\n"],
          ["stream", "third\n"],
          ["display_data", "fourth"],
          ["stream", "fifth\n"],
          ["clear_output", undefined],
          ["stream", "sixth\n"],
          ["execute_result", '"seventh"'],
        ],
      );
      assertEquals(new Set(outputs.map(({ cell }) => cell)), new Set([number]));
      assertEquals(outputs.map(({ metadata }) => metadata), outputs.map(() => ({})));
    });

    await t.step("a burst of lines, a long line and a large display come whole", async () => {
      const burst = await run("for (let i = 0; i < 20_000; i++) console.log(i)");
      assertEquals(printed(burst.outputs), Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join(""));
      const [before, large, after] = (await run(`
        console.log("before");
        await Deno.jupyter.display({ "text/plain": "\u{1f600}".repeat(1_000_001) }, { raw: true });
        console.log("after")`)).outputs;
      assertEquals([before!.content.text, after!.content.text], ["before\n", "after\n"]);
      assert(
        (large!.content.data as { "text/plain": string })["text/plain"] === "\u{1f600}".repeat(1_000_001),
      );
      const buffers = await run(`Deno.jupyter.broadcast("custom", { a: 1 }, {
        metadata: { b: 2 }, buffers: [new Uint8Array(600_000).fill(7), new Uint8Array([1, 2])],
      })`);
      const [custom] = buffers.outputs;
      assertEquals([custom!.type, custom!.content, custom!.metadata], ["custom", { a: 1 }, { b: 2 }]);
      assertEquals(custom!.buffers.map((buffer) => [buffer.length, buffer.at(-1)]), [[600_000, 7], [2, 2]]);
    });

    await t.step("a late print stands below its own cell, and a late error is shown there", async () => {
      const early = await run(`
        setTimeout(() => console.log("late"), 30);
        setTimeout(() => { throw new Error("in a timer") }, 40);
        setTimeout(() => void Promise.reject(new RangeError("floating")), 50);
        queueMicrotask(() => { throw new TypeError("in a microtask") });`);
      outputs.length = 0;
      await run("await new Promise((resolve) => setTimeout(resolve, 100)); 'other'");
      const mine = outputs.filter(({ cell }) => cell === early.number);
      assertEquals(printed(mine), "late\n");
      const shown = printed([...early.outputs, ...outputs], "stderr");
      for (const text of ["Error: in a timer", "RangeError: floating", "TypeError: in a microtask"]) {
        assert(shown.includes(`Uncaught ${text}`), shown);
      }
    });

    await t.step(
      "every kind of waiting and of looping cell is stopped, and the session keeps its state",
      async () => {
        await run("let presses = 0");
        for (const [place, source] of endlessCells.entries()) {
          const { error } = await stopped(source);
          assertEquals([place, error?.ename], [place, "Interrupted"]);
          assertEquals(valueOf(await run("++presses")), String(place + 1));
        }
        assertEquals(lost, []);
      },
    );

    await t.step("a stopped prompt ends its cell there", async () => {
      answer = () => new Promise(() => {});
      const { error, outputs } = await stopped(`prompt("name?"); console.log("not reached")`);
      assertEquals([error?.ename, printed(outputs)], ["Interrupted", "begun\n"]);
      answer = (prompt) => Promise.resolve(prompt.length > 10 ? "y" : "Ann");
      assertEquals(valueOf(await run(`[prompt("name?"), confirm("really so?")]`)), `[ "Ann", true ]`);
      answer = () => Promise.reject(new Error("nobody there"));
      assertEquals(valueOf(await run(`prompt("name?", "Bob")`)), `"Bob"`);
    });

    await t.step("what listens for SIGINT is called and may return what it has", async () => {
      const listens = (source: string) => `
        const heard = Promise.withResolvers();
        const listener = () => heard.resolve("my part");
        Deno.addSignalListener("SIGINT", listener);
        try { ${source} } finally { Deno.removeSignalListener("SIGINT", listener) }`;
      assertEquals(valueOf(await stopped(listens("await heard.promise"))), '"my part"');
      assertEquals(valueOf(await stopped(listens("await new Promise(() => {})"))), "Interrupted");
      await run(`import { interruptible } from "@understudy/understudy/kernel"`);
      const part =
        "interruptible((signal) => new Promise((resolve) => signal.onabort = () => resolve('my part')))";
      assertEquals(valueOf(await stopped(`await ${part}`)), '"my part"');
      // What the toolkit does for Deno's own kernel is not asked for here.
      const { error, outputs } = await stopped("await new Promise(() => {})");
      assertEquals([error?.ename, printed(outputs, "stderr")], ["Interrupted", ""]);
    });

    await t.step(
      "a stop ends the cell that runs, and not what an earlier one left in the background",
      async () => {
        await run("let ticks = 0; const ticking = setInterval(() => ticks++, 5)");
        await stopped("await new Promise(() => {})");
        const later =
          "const before = ticks; await new Promise((resolve) => setTimeout(resolve, 50)); ticks > before";
        assertEquals(valueOf(await run(later)), "true");
        await run("clearInterval(ticking)");
        await (await shared()).stop();
      },
    );

    await t.step(
      "a table is shown as `show` shows it, where only the toolkit's root was imported",
      async () => {
        const { outputs } = await run(
          `import { tableOf } from "@understudy/understudy"; tableOf({ arm: ["a"] })`,
        );
        const data = outputs[0]!.content.data as { [type: string]: string };
        assertMatch(data["text/html"]!, /<table/);
        assertMatch(data["text/plain"]!, /\| arm \|/);
      },
    );

    await t.step("errors name the cell and the line, also where they were thrown elsewhere", async () => {
      const plain = await run("\n\nthrow new Error('three')");
      assertMatch(plain.error!.traceback.join("\n"), new RegExp(`Cell ${plain.number}:3`));
      const elsewhere = await run(
        "1;\nawait Promise.reject(Object.assign(new Error('two'), { stack: 'Error: two' }))",
      );
      assertMatch(elsewhere.error!.traceback.join("\n"), new RegExp(`Cell ${elsewhere.number}:2`));
      const syntax = await run("const a = 1;\nconst b = ;");
      assertEquals(syntax.error!.ename, "SyntaxError");
      assertMatch(syntax.error!.traceback.join("\n"), /const b = ;\n.*\^\n.*Cell \d+:2/);
      const missing = await run(`import "./nowhere.ts"`);
      assertMatch(missing.error!.evalue, /Module not found.*nowhere\.ts/);
      const bare = await run(`import "no-such-package-of-anybody"`);
      assertMatch(bare.error!.evalue, /no-such-package-of-anybody/);
      const misspelt = `import { samplePersona, type Table } from "@understudy/understudy"`;
      const { error } = await run(`1;\n${misspelt}`);
      assertEquals(
        [error!.ename, error!.evalue],
        [
          "SyntaxError",
          "'@understudy/understudy' has no export 'samplePersona': did you mean 'samplePersonas'?",
        ],
      );
      assertMatch(error!.traceback.join("\n"), /Cell \d+:2/);
      // A type may be imported as if it were a value.
      assertEquals(
        (await run(`import fs, { readFile as read, Stats, StatsOptions } from "node:fs"; read`)).error,
        null,
      );
      const shown = await run("1;\nconsole.error(new Error('printed'))");
      assertEquals(printed(shown.outputs, "stderr"), `Error: printed\n    at Cell ${shown.number}:2\n`);
      const odd = await run("throw { get name() { throw 1 }, toString: null }");
      assertEquals(odd.error!.ename, "Thrown");
    });

    await t.step("an expression is evaluated without a trace, also while a cell runs", async () => {
      const session = await shared();
      await run("const table = { names: ['a'] }");
      outputs.length = 0;
      const end = session.run("await new Promise((resolve) => setTimeout(resolve, 100)); 'cell'", {
        number: ++cells,
      });
      const during = await session.evaluate("(console.log('unseen'), table.names)");
      assertEquals(during, { data: { "text/plain": `[ "a" ]` } });
      await end;
      assertEquals(printed(outputs), "");
      assertEquals(
        (await session.evaluate("nothing.here") as { error: CellError }).error.ename,
        "ReferenceError",
      );
      assertEquals(await session.run("1", { number: ++cells, silent: true }), null);
      assertEquals(outputs.filter(({ type }) => type === "execute_result").length, 1);
      assert(session.names.has("table") && !session.names.has("end"));
      assertEquals(session.sources.at(-1), "1");
    });

    await t.step(
      "when Deno ends by itself it is started again, and the cell says that all is lost",
      async () => {
        const session = await shared();
        await session.revoke(["ffi"]);
        await run("const held = 1");
        const { error } = await run("Deno.exit(3)");
        assertEquals(error!.ename, "SessionLost");
        assertMatch(error!.evalue, /Deno ended with code 3.*everything the session held is lost/);
        assertEquals([lost.length, session.names.size], [1, 0]);
        assertEquals(valueOf(await run("typeof held")), '"undefined"');
        assertEquals(
          valueOf(await run(`Deno.permissions.querySync({ name: "ffi" }).state === "granted"`)),
          "false",
        );
      },
    );

    await t.step("a permission that is taken away is gone for good", async () => {
      await (await shared()).revoke(["net"]);
      assertEquals(valueOf(await run(`await fetch("http://127.0.0.1:12345")`)), "NotCapable");
      assertEquals(valueOf(await run("1 + 1")), "2");
    });
  },
});

// Not in a step: it ends what the steps use.
Deno.test("closing a session ends its process", async () => {
  const session = await shared();
  const { data } = await session.evaluate("Deno.pid") as { data: { [type: string]: unknown } };
  const pid = Number(data["text/plain"]);
  assert(isAlive(pid));
  await session.close();
  assert(!isAlive(pid));
});

Deno.test("Deno ends when its session is killed, also in a loop and without the permission to kill", async () => {
  const module = new URL("../../../lib/kernel/session/cell_session.ts", import.meta.url).href;
  const script = `import { CellSession } from ${JSON.stringify(module)};
    const onOutput = ({ content }) => console.log(content.text);
    const session = await CellSession.open({ folder: Deno.cwd(), onOutput });
    await session.revoke(["run", "sys"]);
    await session.run("console.log(Deno.pid); while (true);", { number: 1 });`;
  const args = ["eval", "--ext=ts", "--no-check", script];
  const holder = new Deno.Command(Deno.execPath(), { args, cwd: import.meta.dirname!, stdout: "piped" })
    .spawn();
  const { value } = await holder.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  assert(isAlive(pid));
  holder.kill("SIGKILL");
  await holder.status;
  await until(() => !isAlive(pid));
});
