import { assertEquals, assertRejects } from "@std/assert";
import { writeXlsx } from "hucre";
import type { Sheet } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { readSheets, writeSheets } from "../../../lib/formats/workbooks/sheets.ts";

const folder = await Deno.makeTempDir();

const sheets: Sheet[] = [
  {
    name: "A & b",
    rows: [
      ["a\r\nb\n", "_x0041_", "\u0001", 1e21, true, null, " x ", "=1+1", "007", 0.1, -1.5e-7, "true", "1.5"],
      [],
      [null, null, "é😀", false, "'=a", "'a", "-", "\tq", "NA", "1e5", "-1", 'x,"y"', "<&>", 0],
    ],
  },
  { name: "E", rows: [] },
  { name: "constructor", rows: [["__proto__"], [1]] },
];

for (const path of ["all.xlsx", "all"]) {
  Deno.test(`sheets come back cell for cell from ${path}`, async () => {
    await writeSheets(sheets, `${folder}/${path}`);
    assertEquals(await readSheets(`${folder}/${path}`), sheets);
  });
}

Deno.test("formulas, errors, dates and macros are refused, with sheet and row", async () => {
  const cases: [Parameters<typeof writeXlsx>[0], RegExp][] = [
    [
      { sheets: [{ name: "one", rows: [["a"], [null, 2]], cells: new Map([["1,1", { formula: "1+1" }]]) }] },
      /sheet "one", row 2, column "B2" must hold no formula.*"1\+1"/,
    ],
    [{ sheets: [{ name: "one", rows: [[], [new Date(0)]] }] }, /row 2, column "A2" must hold no date/],
    [{ sheets: [{ name: "one", rows: [[1]] }], vbaProject: new Uint8Array(9) }, /without macros.*vbaProject/],
  ];
  for (const [workbook, message] of cases) {
    await Deno.writeFile(`${folder}/wrong.xlsx`, await writeXlsx(workbook));
    const { message: said } = await assertRejects(
      () => readSheets(`${folder}/wrong.xlsx`),
      RangeError,
    );
    assertEquals(message.test(said), true, said);
  }
  await Deno.mkdir(`${folder}/csv`);
  await Deno.writeTextFile(`${folder}/csv/one.csv`, "a,b\n1,=HYPERLINK(1)\n");
  const found = await assertRejects(() => readSheets(`${folder}/csv`), RangeError);
  assertEquals(
    /sheet "one", row 2, column "B2" must hold no formula/.test(found.message),
    true,
    found.message,
  );
});

Deno.test("a workbook that would fill the memory is refused before it does", async () => {
  const bomb = await writeXlsx({ sheets: [{ name: "one", rows: [["a".repeat(30_000)]] }] });
  const view = new DataView(bomb.buffer, bomb.byteOffset);
  const grown = bomb.slice();
  for (let at = 0; at + 46 < bomb.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    // One says that it is large; the other that it is small and is not.
    new DataView(grown.buffer).setUint32(at + 24, 1e9, true);
    if (view.getUint32(at + 24, true) > 30_000) view.setUint32(at + 24, 100, true);
  }
  const corner = await writeXlsx({
    sheets: [{ name: "one", rows: [[1]], cells: new Map([["1048575,16383", { value: 1 }]]) }],
  });
  for (
    const [bytes, message] of [[grown, /more than 20000000 bytes/], [bomb, /sound .xlsx/], [
      corner,
      /cells/,
    ]] as const
  ) {
    await Deno.writeFile(`${folder}/bomb.xlsx`, bytes);
    const { message: said } = await assertRejects(
      () => readSheets(`${folder}/bomb.xlsx`),
      RangeError,
    );
    assertEquals(message.test(said), true, said);
  }
});

Deno.test("a workbook of two thousand rows and sixty columns is within the bounds", async () => {
  const rows = Array.from(
    { length: 2000 },
    (_, row) => Array.from({ length: 60 }, (_, column) => row * column % 7),
  );
  await writeSheets([{ name: "profile", rows }, { name: "role", rows: [["a"]] }], `${folder}/large.xlsx`);
  assertEquals((await readSheets(`${folder}/large.xlsx`))[0]!.rows.length, 2000);
});

Deno.test("what is no workbook is said to be none", async () => {
  for (const bytes of [[], [0xd0, 0xcf, 1], [0x50, 0x4b, 3, 4, 9], [97, 44, 98]]) {
    await Deno.writeFile(`${folder}/none.xlsx`, new Uint8Array(bytes));
    await assertRejects(() => readSheets(`${folder}/none.xlsx`), RangeError, "must be a");
  }
});
