import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { columnOf, loadTable, type Table, tableOf, writeTable } from "@understudy/understudy/core";

async function fileOf(text: string | Uint8Array, suffix = ".csv"): Promise<string> {
  const file = await Deno.makeTempFile({ suffix });
  await Deno.writeFile(file, typeof text === "string" ? new TextEncoder().encode(text) : text);
  return file;
}

async function roundTrip(table: Table, suffix: string): Promise<Table> {
  const file = await Deno.makeTempFile({ suffix });
  await writeTable(table, file);
  return await loadTable(file);
}

function contents(table: Table): unknown {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

Deno.test("loadTable(csv) makes numbers numbers and leaves labels texts", async () => {
  const file = await fileOf(
    '\uFEFFid,zip,age,vote,note\r\n1,01234,31,true,"a, ""b"""\r\n2,98765,NA,false,\r\n',
  );
  assertEquals(contents(await loadTable(file)), {
    id: [1, 2],
    zip: ["01234", "98765"],
    age: [31, null],
    vote: [true, false],
    note: ['a, "b"', null],
  });
  const told = await loadTable(file, { types: { id: "text", vote: "text" } });
  assertEquals([told.get("id", 0), told.get("vote", 1)], ["1", "false"]);
});

Deno.test("loadTable(csv) reads semicolons and tabs between cells where the names hold no comma", async () => {
  const read = async (text: string, suffix = ".csv") => contents(await loadTable(await fileOf(text, suffix)));
  const people = { id: [1, 2], "says": ["yes, a lot", "no"], age: [31, null] };
  assertEquals(await read("id;says;age\r\n1;yes, a lot;31\r\n2;no;NA\r\n"), people);
  assertEquals(await read('"id";"says";"age"\n1;"yes, a lot";31\n2;no;\n'), people);
  assertEquals(await read("id\tsays\tage\n1\tyes, a lot\t31\n2\tno\t\n"), people);
  // A comma or a quotation mark says that the semicolon belongs to a name.
  assertEquals(await read("a;b,c\n1,2\n"), { "a;b": [1], c: [2] });
  assertEquals(await read('"a;b"\n1\n'), { "a;b": [1] });
  assertEquals(await read("a;b\n1\n", ".tsv"), { "a;b": [1] });
});

Deno.test("loadTable says to save spreadsheets and files of statistics programs as CSV or Parquet", async () => {
  for (const ending of ["xlsx", "xls", "sav", "dta", "rds", "SAV.gz"]) {
    const { message } = await assertRejects(() => loadTable(`people.${ending}`), RangeError);
    const kind = ending.replace(".gz", "").toLowerCase();
    assertEquals(
      message,
      `Cannot load a table as .${kind} is not among its formats: save it as CSV or Parquet`,
    );
  }
});

Deno.test("loadTable(csv) reads the answers to each item by themselves", async () => {
  const answers = tableOf({
    item: ["support", "news", "topics", "support", "news", "topics"],
    value: [6, "tv", ["a", "b"], null, "12", []],
  });
  assertEquals(contents(await roundTrip(answers, ".csv")), contents(answers));
});

for (const suffix of [".csv", ".tsv", ".json", ".jsonl", ".parquet", ".arrow"]) {
  Deno.test(`writeTable and loadTable keep numbers and texts, formulas among them (${suffix})`, async () => {
    const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
    // Empty texts and the letters NA are what CSV has for nothing; a column of numbers as texts is one of numbers.
    const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => `t${value}`);
    const formula = fc.constantFrom("=1+1", "+x", "-2 men", "@sum(a1)", "'=1", "''-1", "\t=1", "'quoted");
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { minLength: 2, maxLength: 3 }),
        fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.oneof(text, formula)), {
          minLength: 1,
          maxLength: 6,
        }),
        async (names, rows) => {
          const table = tableOf({
            [names[0]!]: rows.map(([number]) => number + 0),
            [names[1]!]: [...rows.map(([, label]) => label)],
          });
          assertEquals(contents(await roundTrip(table, suffix)), contents(table));
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
}

Deno.test("writeTable(csv) writes no cell that a spreadsheet would run", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await writeTable(tableOf({ "=name": ["=HYPERLINK(1)", "@x", "-1 a"], number: [-1, 2, 3] }), file);
  const cells = (await Deno.readTextFile(file)).split(/[\n,]/);
  assertEquals(cells.filter((cell) => /^[=+@]|^-\D/.test(cell)), []);
});

Deno.test("loadTable reads packed files, addresses and what other programs write", async () => {
  const packed = new Blob(["a\tb\n1\tx\n"]).stream().pipeThrough(new CompressionStream("gzip"));
  const file = await fileOf(new Uint8Array(await new Response(packed).arrayBuffer()), ".tsv.gz");
  assertEquals(contents(await loadTable(file)), { a: [1], b: ["x"] });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) =>
      request.url.endsWith("/survey.json")
        ? Response.json({ party: ["Left", "Right"], n: [1, 2] })
        : new Response("no", { status: 404 }),
  );
  const address = `http://127.0.0.1:${server.addr.port}`;
  assertEquals(contents(await loadTable(`${address}/survey.json`)), { party: ["Left", "Right"], n: [1, 2] });
  await assertRejects(() => loadTable(`${address}/other.json`), RangeError, "answers 404");
  const rownames = await fileOf('"","party"\n"1","Left"\n');
  assertEquals((await loadTable(rownames)).columnNames(), ["column_1", "party"]);
});

Deno.test("loadTable says what is wrong with a file", async () => {
  const refused: [string, string, string][] = [
    ["a,b\n1\n", ".csv", "every row must have 2 cells: row 1 has 1"],
    ["a,a\n1,2\n", ".csv", "name each column once"],
    ["", ".csv", "hold a line of names"],
    ['a\n"open\n', ".csv", "close every quoted cell"],
    [`a\n"${'""'.repeat(6_000_000)}"\n`, ".csv", "have at most 10000000 characters in a cell"],
    [`a\n"${"x".repeat(11_000_000)}"\n`, ".csv", "have at most 10000000 characters in a cell"],
    ['{"a": 1}', ".json", "hold a list of rows, or lists of values by column"],
    ['{"a": 1}\nno\n', ".jsonl", "line 2 is not JSON"],
    ["a\n1\n", ".cvs", "did you mean 'csv'?"],
  ];
  for (const [text, suffix, message] of refused) {
    const file = await fileOf(text, suffix);
    await assertRejects(() => loadTable(file), Error, message);
  }
  const file = await fileOf("age\n31\nold\n");
  await assertRejects(
    () => loadTable(file, { types: { age: "number" } }),
    RangeError,
    'current value is "old" (row 2)',
  );
  await assertRejects(
    () => loadTable(file, { types: { ages: "number" } }),
    RangeError,
    "did you mean 'age'?",
  );
  await assertRejects(() => loadTable(file, { maximumBytes: 3 }), RangeError, "at most 3 bytes");
  await assertRejects(() => loadTable("no such file.csv"), Deno.errors.NotFound);
});

Deno.test("tableOf(rows) takes rows that lack columns, and names what is no row", () => {
  const table = tableOf([{ party: "Left" }, { party: "Right", age: 31 }]);
  assertEquals(contents(table), { party: ["Left", "Right"], age: [null, 31] });
  let error: unknown;
  try {
    tableOf([1] as unknown as { a: number }[]);
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof TypeError && error.message.includes("columns by name or a list of rows"));
});

Deno.test("an allocation survives CSV in wide form too, and Arrow says what it cannot hold", async () => {
  const wide = tableOf({ budget: [{ roads: 40, schools: 60 }, null, { roads: 10, schools: 90 }] });
  assertEquals(contents(await roundTrip(wide, ".csv")), contents(wide));
  const file = await Deno.makeTempFile({ suffix: ".arrow" });
  const mixed = tableOf({ item: ["support", "news"], value: [6, "tv"] });
  await assertRejects(
    () => writeTable(mixed, file),
    TypeError,
    "column 'value' must hold values of one simple kind",
  );
});
