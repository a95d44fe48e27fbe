import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type DisplayOutput,
  loadNotebook,
  type NotebookOutput,
  runNotebook,
} from "@understudy/understudy/kernel";
import { formatNotebook } from "../../../lib/kernel/notebooks/ipynb.ts";
import { isAlive, proseCell, withNotebook } from "../notebook_fixture.ts";

const text = (outputs: NotebookOutput[] | undefined, place: number) =>
  (outputs?.[place] as DisplayOutput).data["text/plain"];

Deno.test("runNotebook(path) keeps streams, displays and results in the order in which a cell makes them", async () => {
  const cells = [
    proseCell("# Title"),
    `console.log("one"); console.log("two"); console.error("three"); console.log("four");`,
    `await Deno.jupyter.display({ "text/plain": "shown" }, { raw: true }); console.log("then"); 6 * 7`,
  ];
  await withNotebook(cells, async (path) => {
    const { cells } = await runNotebook(path);
    assertEquals(cells[1]?.outputs, [
      { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
      { output_type: "stream", name: "stderr", text: "three\n" },
      { output_type: "stream", name: "stdout", text: "four\n" },
    ]);
    assertEquals(cells[2]?.outputs, [
      { output_type: "display_data", data: { "text/plain": "shown" }, metadata: {} },
      { output_type: "stream", name: "stdout", text: "then\n" },
      { output_type: "execute_result", data: { "text/plain": "42" }, metadata: {}, execution_count: 2 },
    ]);
    assertEquals(cells.map((cell) => cell.execution_count), [undefined, 1, 2]);
  });
});

Deno.test("runNotebook(path) applies an update to the display it names, also from a later cell", async () => {
  const show = (text: string, options: string) =>
    `await Deno.jupyter.display({ "text/plain": "${text}" }, { raw: true, display_id: "bar"${options} });`;
  const cells = [
    `${show("0%", "")} console.log("after");`,
    show("50%", ", update: true"),
    show("100%", ", update: true"),
  ];
  await withNotebook(cells, async (path) => {
    const { cells } = await runNotebook(path);
    assertEquals(text(cells[0]?.outputs, 0), "100%");
    assertEquals(cells.map((cell) => cell.outputs?.length), [2, 0, 0]);
  });
});

Deno.test("runNotebook(path) loses and misplaces no output of 100 chatty cells", async () => {
  const cells = Array.from(
    { length: 100 },
    (_, cell) =>
      `for (let line = 0; line < 40; line++) console.log("${cell}:" + line);
     Deno.jupyter.display({ "text/plain": "shown ${cell}" }, { raw: true });
     "result ${cell}"`,
  );
  const lines = (cell: number) => Array.from({ length: 40 }, (_, line) => `${cell}:${line}\n`).join("");
  await withNotebook(cells, async (path) => {
    const { cells } = await runNotebook(path);
    cells.forEach((cell, number) => {
      const printed = (cell.outputs ?? []).map((output) =>
        output.output_type === "stream" ? output.text : ""
      );
      assertEquals(printed.join(""), lines(number));
      const displayed = (cell.outputs ?? []).flatMap((output) =>
        output.output_type === "stream" ? [] : [JSON.stringify((output as DisplayOutput).data["text/plain"])]
      );
      assertEquals(displayed.sort(), [`"\\"result ${number}\\""`, `"shown ${number}"`]);
    });
  });
});

Deno.test("runNotebook(path) stops at a cell that throws, names it, writes what there is and ends its session", async () => {
  let pid = 0;
  const cells = [proseCell("# Title"), "Deno.pid", `throw new RangeError("n is too small");`, "never"];
  await withNotebook(cells, async (path) => {
    const error = await assertRejects(() =>
      runNotebook(path, {
        output: `${path}.out`,
        onCell: ({ number, cell }) => {
          if (number === 2) pid = Number(text(cell.outputs, 0));
        },
      }), Error);
    assertMatch(
      error.message,
      /as cell 3 of \S+notebook\.ipynb \("throw .*"\) threw RangeError: n is too small/,
    );
    const { cells } = await loadNotebook(`${path}.out`);
    assertEquals(cells.map((cell) => cell.execution_count), [undefined, 1, 2, null]);
    assertEquals(cells[2]?.outputs?.[0]?.output_type, "error");
    assertEquals([pid > 0, isAlive(pid)], [true, false]);
  });
});

Deno.test("runNotebook(path, { allowErrors }) keeps the error as an output and runs what follows", async () => {
  await withNotebook([`throw new RangeError("n is too small");`, "1 + 1"], async (path) => {
    const { cells } = await runNotebook(path, { allowErrors: true });
    const error = cells[0]?.outputs?.[0];
    assertEquals(
      error?.output_type === "error" && [error.ename, error.evalue],
      ["RangeError", "n is too small"],
    );
    assertEquals(text(cells[1]?.outputs, 0), "2");
  });
});

Deno.test("runNotebook(path) says where a cell cannot be read", async () => {
  await withNotebook(["const = 1"], async (path) => {
    await assertRejects(() => runNotebook(path), Error, "SyntaxError: Unexpected token (1:7)");
    const { cells } = await runNotebook(path, { allowErrors: true });
    assertEquals(cells[0]?.outputs?.[0]?.output_type, "error");
  });
});

Deno.test("runNotebook(path, { timeoutMs }) stops a cell that hangs, waiting or busy, and keeps the session", async () => {
  const endless = ["await new Promise((resolve) => setTimeout(resolve, 1e9));", "while (true) {}"];
  await withNotebook(["const n = 1;", ...endless, "n + 1"], async (path) => {
    const { cells } = await runNotebook(path, { timeoutMs: 1000, allowErrors: true });
    assertEquals(cells.map((cell) => cell.outputs?.[0]?.output_type === "error"), [false, true, true, false]);
    assertEquals(text(cells[3]?.outputs, 0), "2");
    await assertRejects(() => runNotebook(path, { timeoutMs: 1000 }), Error, "it takes longer than 1000 ms");
  });
});

Deno.test("runNotebook(path, { signal }) stops the cell, writes what there is and ends the session", async () => {
  const controller = new AbortController();
  let pid = 0;
  const cells = [
    "Deno.pid",
    `console.log("begun"); await new Promise(() => setTimeout(() => {}, 1e9));`,
    "3",
  ];
  await withNotebook(cells, async (path) => {
    const run = runNotebook(path, {
      signal: controller.signal,
      output: path,
      onCell: ({ number, cell }) => {
        if (number === 1) pid = Number(text(cell.outputs, 0));
      },
      onBegin: ({ number }) => {
        if (number === 2) setTimeout(() => controller.abort(), 200);
      },
    });
    await assertRejects(() => run, Error, "The run was stopped at cell 2 of");
    assertEquals([pid > 0, isAlive(pid)], [true, false]);
    const { cells } = await loadNotebook(path);
    assertEquals(cells[1]?.outputs?.[0], { output_type: "stream", name: "stdout", text: "begun\n" });
    assertEquals(cells[2]?.execution_count, null);
  });
});

Deno.test("runNotebook(path) says that the session was lost where a cell ends it", async () => {
  await withNotebook(["Deno.exit(3)"], async (path) => {
    await assertRejects(() => runNotebook(path), Error, "Cannot run cell 1 of");
  });
});

Deno.test("runNotebook(path) runs in the notebook's folder with the variables of the environment", async () => {
  Deno.env.set("UNDERSTUDY_TEST", "yes");
  await withNotebook([`[Deno.env.get("UNDERSTUDY_TEST"), Deno.cwd()].join(" ")`], async (path) => {
    const { cells } = await runNotebook(path);
    assertEquals(text(cells[0]?.outputs, 0), JSON.stringify(`yes ${path.replace("/notebook.ipynb", "")}`));
  });
});

Deno.test("runNotebook(path, { output }) writes the same bytes each time, and deno fmt accepts them", async () => {
  const source =
    `await Deno.jupyter.display({ "text/html": "<b>\\n&</b>" }, { raw: true, display_id: "x" });`;
  await withNotebook([proseCell("# Größe\n\nWords."), source, `({ b: 1, a: "ü" });`], async (path) => {
    const first = await runNotebook(path, { output: path });
    const written = await Deno.readTextFile(path);
    assertEquals(written, formatNotebook(first));
    assertEquals(formatNotebook(await loadNotebook(path)), written);
    assertEquals(formatNotebook(await runNotebook(path)), written);
    assertStringIncludes(written, '      "text/html": [\n       "<b>\\n",\n       "&</b>"\n      ]');
    const args = ["fmt", "--ext", "ipynb", "-"];
    const formatter = new Deno.Command(Deno.execPath(), {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    })
      .spawn();
    const writer = formatter.stdin.getWriter();
    await writer.write(new TextEncoder().encode(written));
    await writer.close();
    assertEquals(new TextDecoder().decode((await formatter.output()).stdout), written);
  });
});

Deno.test("runNotebook(path, options) names an option that it does not know, and a file that is no notebook", async () => {
  await assertRejects(
    () => runNotebook("none.ipynb", { timeout: 1 } as never),
    TypeError,
    "option 'timeout' is unknown",
  );
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, '{"nbformat": 3}');
  await assertRejects(() => runNotebook(path), TypeError, "'nbformat' is 3");
  await Deno.writeTextFile(path, "nothing");
  await assertRejects(() => runNotebook(path), TypeError, "it is not JSON");
  await Deno.remove(path);
});
