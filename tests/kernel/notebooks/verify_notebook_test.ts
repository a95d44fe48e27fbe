import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type DisplayOutput,
  loadNotebook,
  runNotebook,
  verifyNotebook,
  writeNotebook,
} from "@understudy/understudy/kernel";
import { compareOutputs, normalizeOutput } from "../../../lib/kernel/notebooks/compare_outputs.ts";
import { compareLiveRuns } from "../../../lib/kernel/notebooks/live_intervals.ts";
import { notebookFiles } from "../../../lib/kernel/notebooks/used_files.ts";
import { notebookOf, proseCell, withNotebook } from "../notebook_fixture.ts";
import { withRecordedStudy } from "../recorded_study.ts";
import { DatabaseSync } from "node:sqlite";
import { basename } from "node:path";

type Row = { cell: number; output: number; kind: string; place: string; expected: string; actual: string };
const rows = async (path: string) => (await verifyNotebook(path)).objects() as Row[];

Deno.test("normalizeOutput(text) removes what tells when and where a text was made, and no result", () => {
  const cases: [string, string][] = [
    ["400 of 400 · 100% · 982/s · took 1 s", "400 of 400 · 100% · <rate> · took <duration>"],
    ["9 of 20 · 45% · 12.5/s · about 1 h 39 min left", "9 of 20 · 45% · <rate> · about <duration> left"],
    ["20 of 20 · took under 1 s", "20 of 20 · took <duration>"],
    ["http://127.0.0.1:43817/v1, localhost:80", "http://127.0.0.1:<port>/v1, localhost:<port>"],
    ["Deno 2.9.6, V8 14.0.365.5-rusty", "Deno <version>, V8 <version>"],
    ["at file:///home/a/b/cell.ts:3:1", "at file:///<folder>/cell.ts:3:1"],
  ];
  for (const [text, expected] of cases) assertEquals(normalizeOutput(text), expected);
  for (const text of ["0.42 [0.1, 0.7]", "340 ms", "took 12 s", "3/s", "2026-11-21", "n = 12 subjects"]) {
    assertEquals(normalizeOutput(text), text);
  }
});

const html = (text: string) =>
  notebookOf([{
    ...notebookOf(["a"]).cells[0]!,
    outputs: [{ output_type: "display_data", data: { "text/html": text }, metadata: {} }],
  }]);
const image = (svg: string) => `<figure><img src="data:image/svg+xml;base64,${btoa(svg)}"></figure>`;

Deno.test("compareOutputs(expected, actual) names each changed line and row, and where in a figure it is", () => {
  const table = (first: string, second: string) =>
    `<table><tr><th>arm</th></tr>\n<tr><td>${first}</td></tr>\n<tr><td>${second}</td></tr></table>`;
  assertEquals(
    compareOutputs(html(table("0.42", "7")), html(table("0.43", "8"))).map((
      { kind, place },
    ) => [kind, place]),
    [["text/html", "row 1"], ["text/html", "row 2"]],
  );
  const drawing = (x: string, label: string) =>
    image(`<svg><g><circle cx="${x}" cy="2" r="3"/><text>${label}</text></g></svg>`);
  const [row] = compareOutputs(html(drawing("10.25", "a")), html(drawing("10.75", "a")));
  assertEquals([row?.kind, row?.place], ["figure", "element 3"]);
  assertStringIncludes(row!.actual, `cx="10.75"`);
  assertEquals(compareOutputs(html(drawing("10.25", "0.421")), html(drawing("10.25", "0.424"))).length, 1);
  assertEquals(compareOutputs(html(drawing("10.2500001", "a")), html(drawing("10.2499999", "a"))), []);
});

Deno.test("compareOutputs(expected, actual) shows the end of a line where that alone differs", () => {
  const [row] = compareOutputs(html("0.42"), html("0.42\n"));
  assertEquals([row?.expected, row?.actual], [`"0.42"`, `"0.42\\n"`]);
});

Deno.test("compareOutputs(expected, actual) reads hostile outputs to the end: figures without one, addresses that are none", () => {
  for (const text of ["<svg ", "data:image/svg+xml;", `<img src="data:image/svg+xml,%ZZ">`, "</svg>"]) {
    const endless = text.repeat(20_000);
    const [row] = compareOutputs(
      html(`${endless}<svg><text>1</text></svg>`),
      html(`${endless}<svg><text>2</text></svg>`),
    );
    assertStringIncludes(row!.actual, "2</text>", text);
  }
});

Deno.test("compareOutputs(expected, actual, today) lets a date be the day of the run, and no other", () => {
  const [then, now, other] = ["run on 2026-01-02", "run on 2026-11-30", "run on 2026-11-29"].map(html);
  assertEquals(compareOutputs(then!, now!, ["2026-11-30"]), []);
  assertEquals(compareOutputs(then!, other!, ["2026-11-30"]).length, 1);
});

Deno.test("compareOutputs(expected, actual) reports outputs and lines that one run lacks", () => {
  const printed = (text: string) => {
    const notebook = notebookOf(["a"]);
    notebook.cells[0]!.outputs = text === "" ? [] : [{ output_type: "stream", name: "stdout", text }];
    return notebook;
  };
  assertEquals(compareOutputs(printed("only before"), printed("")), [{
    cell: 1,
    output: 1,
    kind: "output",
    place: "line 1",
    expected: "stream: only before",
    actual: "no output",
  }]);
  const [row] = compareOutputs(printed("one\n"), printed("one\ntwo\n"));
  assertEquals([row?.place, row?.expected, row?.actual], ["after line 1", "nothing", "two"]);
  const long = "x".repeat(500);
  assertEquals(
    compareOutputs(printed(`${long}one`), printed(`${long}two`))[0]?.actual,
    `…${"x".repeat(20)}two`,
  );
});

Deno.test("notebookFiles(path) takes the files that cells name, and nothing out of hidden files and folders", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["study", ".keys", "study/.cache"]) await Deno.mkdir(`${folder}/${name}`);
  const names = ["data.csv", "study/own.csv", ".keys/api", ".env", "study/.cache/replies", "study/.secret"];
  for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "1");
  const cell =
    `["own.csv", "../data.csv", "../.keys/api", "./.cache/replies", ".secret", "../.env", "..", "."]`;
  await writeNotebook(notebookOf([cell]), `${folder}/study/study.ipynb`);
  const found = await notebookFiles(`${folder}/study/study.ipynb`);
  assertEquals(found, [`${folder}/data.csv`, `${folder}/study/own.csv`]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("compareLiveRuns(expected, runs) takes a number that one more run may give, and the same words", () => {
  const printed = (text: string) => {
    const notebook = notebookOf(["a"]);
    notebook.cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text }];
    return notebook;
  };
  // mean 2, sd 1, k = 3: 2 ± 4.302653 · √(4/3) = [-2.968, 6.968]
  const runs = ["threat 1.0 of 1,200", "threat 2.0 of 1,200", "threat  3.0 of 1,200"].map(printed);
  assertEquals(compareLiveRuns(printed("threat 6.96 of 1,200"), runs), []);
  assertEquals(compareLiveRuns(printed("threat −2.96 of 1,200"), runs), []);
  const [beyond] = compareLiveRuns(printed("threat 6.98 of 1,200"), runs);
  assertEquals([beyond?.expected, beyond?.actual], ["6.98", "2 [-2.96828, 6.96828] in 3 runs"]);
  assertEquals(compareLiveRuns(printed("threat 2 of 1,201"), runs).length, 1);
  assertEquals(compareLiveRuns(printed("relief 2 of 1,200"), runs)[0]?.actual, "threat # of #");
});

Deno.test("verifyNotebook(path) runs without network, programs, foreign functions or keys, and leaves the file", async () => {
  const attempts = [
    `Deno.connect({ hostname: "127.0.0.1", port: 1 })`,
    `fetch("http://127.0.0.1:8080")`,
    `new Deno.Command("true").output()`,
    `Deno.dlopen("libc.so.6", {})`,
  ];
  const cells = [
    proseCell("# A"),
    `const errors: string[] = [];`,
    ...attempts.map((attempt) => `try { await ${attempt}; } catch (error) { errors.push(String(error)); }`),
    `const served = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response("served"));
const said = await (await fetch(\`http://127.0.0.1:\${served.addr.port}/\`)).text();
await served.shutdown();
({ errors, said, key: Deno.env.get("OPENAI_API_KEY") });`,
  ];
  Deno.env.set("OPENAI_API_KEY", "secret");
  await withNotebook(cells, async (path) => {
    await runNotebook(path, { output: path });
    const written = await Deno.readTextFile(path);
    await verifyNotebook(path, { output: `${path}.again` });
    const shown = (await loadNotebook(`${path}.again`)).cells.at(-1)?.outputs?.[0] as DisplayOutput;
    const text = String(shown.data["text/plain"]);
    assertEquals(text.match(/Requires (net|run|ffi) access/g)?.length, 4, text);
    assertStringIncludes(text, `said: "served"`);
    assertStringIncludes(text, "key: undefined");
    assertEquals(await Deno.readTextFile(path), written);
  });
});

Deno.test("verifyNotebook(path) names the cell, the output and the line that differ, errors included", async () => {
  await withNotebook(["40 + 2", `throw new Error("gone")`, `console.log("kept")`], async (path) => {
    await runNotebook(path, { output: path, allowErrors: true });
    assertEquals(await rows(path), []);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"42"', '"43"').replaceAll('"gone"', '"here"'));
    assertEquals(await rows(path), [
      { cell: 1, output: 1, kind: "text/plain", place: "line 1", expected: "43", actual: "42" },
      { cell: 2, output: 1, kind: "error", place: "line 1", expected: "Error: here", actual: "Error: gone" },
    ]);
  });
});

Deno.test("verifyNotebook(path, { live }) runs against the real respondent, without the store, which stays", async () => {
  const cell = `console.log("mean 5", await Deno.stat("study.db").then(() => "stored", () => "asked"));`;
  await withNotebook([cell], async (path) => {
    const store = path.replace("notebook.ipynb", "study.db");
    const database = new DatabaseSync(store);
    database.exec("CREATE TABLE replies (id INTEGER)");
    database.close();
    const liveRows = async (text: string) => {
      const notebook = await loadNotebook(path);
      notebook.cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text }];
      await writeNotebook(notebook, path);
      return (await verifyNotebook(path, { live: 2 })).objects() as Row[];
    };
    assertEquals(await liveRows("mean 5 asked\n"), []);
    assertEquals(
      (await liveRows("mean 50 asked\n")).map(({ kind, expected, actual }) => [kind, expected, actual]),
      [
        ["live", "50", "5 [5, 5] in 2 runs"],
      ],
    );
    assert((await Deno.stat(store)).isFile);
    await assertRejects(() => verifyNotebook(path, { live: 1 }), RangeError, "a number of runs from 2");
  });
});

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await Deno.readTextFile(path);
  const changed = change(text);
  assert(changed !== text, "nothing was changed");
  await Deno.writeTextFile(path, changed);
}

Deno.test("verifyNotebook(path) replays a committed store, and catches a changed number, figure, store row and prompt", async () => {
  await withRecordedStudy(async (path, store) => {
    assertEquals((await notebookFiles(path)).map((file) => basename(file)), ["study.db"]);
    const [notebook, replies] = [await Deno.readTextFile(path), await Deno.readFile(store)];
    assertEquals(await rows(path), []);
    assertEquals(await Deno.readFile(store), replies);

    const shown = (await loadNotebook(path)).cells[0]!.outputs as DisplayOutput[];
    const number = /\d\.\d\d+/.exec(String(shown[0]!.data["text/plain"]))![0];
    await edit(path, (text) => text.replaceAll(number, `9${number}`));
    assert(
      (await rows(path)).some(({ kind, expected }) =>
        kind === "text/plain" && expected.includes(`9${number}`)
      ),
    );
    await Deno.writeTextFile(path, notebook);

    const figure = /data:image\/svg\+xml;base64,([\w+/=]+)/.exec(notebook)![1]!;
    const moved = new TextDecoder().decode(Uint8Array.from(atob(figure), (byte) => byte.charCodeAt(0)))
      .replace(/<circle([^>]*) cx="([\d.]+)"/, (_, rest, x) => `<circle${rest} cx="${Number(x) + 3}"`);
    await edit(
      path,
      (text) => text.replace(figure, btoa(String.fromCharCode(...new TextEncoder().encode(moved)))),
    );
    assertEquals((await rows(path)).map(({ kind }) => kind), ["figure"]);
    await Deno.writeTextFile(path, notebook);

    const prompts = (text: string) => text.replace("Troops crossed the border.", "Troops left the border.");
    await edit(path, prompts);
    assert((await rows(path)).some(({ actual }) => actual.includes("error")));
    assertEquals(await Deno.readFile(store), replies);
    await Deno.writeTextFile(path, notebook);

    // Whoever changes a reply may leave its checksum, which is then wrong, or take it away too.
    for (const checksum of ["checksum", "NULL"]) {
      const database = new DatabaseSync(store);
      database.exec(
        `UPDATE replies SET reply = replace(reply, '"text":"6"', '"text":"1"'), checksum = ${checksum}`,
      );
      database.close();
      assert((await rows(path)).length > 0, checksum);
      await Deno.writeFile(store, replies);
    }
  });
});
