import { assert } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { readXlsx } from "hucre";
import { Buffer } from "node:buffer";
import { mock } from "node:test";
import { crc32, inflateRawSync } from "node:zlib";
import { loadWorkbook } from "../../../lib/formats/workbooks/load_workbook.ts";
import { writePackedSheets } from "../../../lib/formats/workbooks/packed_sheets.ts";
import type { SheetCell } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { writeSheets } from "../../../lib/formats/workbooks/sheets.ts";
import { readWorkbookV1 } from "../../../lib/formats/workbooks/version_1.ts";
import { ultimatum } from "./ultimatum.ts";

const folder = await Deno.makeTempDir();
const path = `${folder}/mutated.xlsx`;

const cells: readonly SheetCell[] = [
  ...[
    null,
    0,
    -1,
    1e300,
    0.5,
    3,
    true,
    false,
    " ",
    "nan",
    "NA",
    "TRUE",
    "facilitator",
    "proposer",
    "manual",
    "ID",
    "value",
  ],
  ...[
    "{{ treatment.pie }}",
    "{{ treatment.size }}",
    "{{",
    "{% if treatment.pie == 10 %}a{% else %}b{% endif %}",
  ],
  ...[
    "{% for x in y %}",
    "[",
    "['a', 'a']",
    "(0, 1)",
    "(1, 0)",
    "()",
    "{'proposer': 'Hm?'}",
    "{'a': 1}",
    '{"a": null}',
    "{",
  ],
  ...[
    "[" + "[".repeat(20_000),
    "{{ a ".repeat(5000),
    "a".repeat(30_000),
    "__proto__",
    "constructor",
    "=1+1",
    "\ud83d\ude00",
    "\u0000",
  ],
];

/** A workbook in which some cells, rows or sheets are others. */
function mutated(seed: number): { name: string; rows: SheetCell[][] }[] {
  const draws = stream(seed, "mutation");
  const sheets = ultimatum.map(({ name, rows }) => ({ name, rows: rows.map((row) => [...row]) }));
  for (let n = 0; n <= draws.integer(3); n++) {
    const at = draws.integer(sheets.length);
    const { rows } = sheets[at]!;
    const [row, other] = [draws.integer(rows.length), draws.integer(rows.length)];
    const column = draws.integer(rows[row]!.length + 1);
    [
      () => rows[row]![column] = cells[draws.integer(cells.length)]!,
      () => rows[row]![column] = cells[draws.integer(cells.length)]!,
      () => rows[row]![column] = rows[other]![column] ?? null,
      () => rows.splice(row, 1),
      () => rows.push([...rows[row]!]),
      () => rows[row]!.splice(column, 1),
      () => rows.splice(other, 0, []),
      () => sheets[at]!.name = ["prompts", "Settings", "notes", "prompt"][draws.integer(4)]!,
      () => sheets.length > 1 && sheets.splice(at, 1),
    ][draws.integer(9)]!();
  }
  return sheets.map(({ name, rows }) => ({
    name,
    rows: rows.map((row) => Array.from(row, (cell) => cell ?? null)),
  }));
}

/** The same file with some bytes cut out, doubled or altered. */
function garbled(bytes: Uint8Array, seed: number, letters: string): Uint8Array {
  const draws = stream(seed, "bytes");
  let text = Buffer.from(bytes).toString("latin1");
  for (let n = 0; n <= draws.integer(4); n++) {
    const [at, length] = [draws.integer(text.length), draws.integer(40)];
    const put = [
      "",
      text.slice(at, at + length).repeat(2),
      Array.from({ length }, () => letters[draws.integer(letters.length)]).join(""),
    ][draws.integer(3)]!;
    text = draws.integer(20) === 0 ? text.slice(0, at) : text.slice(0, at) + put + text.slice(at + length);
  }
  return Buffer.from(text, "latin1");
}

/** A ZIP file whose part is another, so that it is the part's text that is wrong and not the packing. */
function repacked(file: Uint8Array, seed: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [local, directory]: [Buffer[], Buffer[]] = [[], []];
  let [offset, count] = [0, 0];
  for (let at = 0; at + 46 < file.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const [method, size, name, start] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ];
    const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    const packed = file.subarray(from, from + size);
    const part = method === 8 ? inflateRawSync(packed) : packed;
    const body = Buffer.from(seed % 5 === count % 5 ? garbled(part, seed, '<>/"=&;cvstrow0A_x') : part);
    const title = Buffer.from(file.subarray(at + 46, at + 46 + name));
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt32LE(crc32(body), 14);
    head.writeUInt32LE(body.length, 18);
    head.writeUInt32LE(body.length, 22);
    head.writeUInt16LE(title.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    head.copy(entry, 16, 14, 28);
    entry.writeUInt32LE(offset, 42);
    local.push(head, title, body);
    directory.push(entry, title);
    [offset, count] = [offset + head.length + title.length + body.length, count + 1];
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.reduce((sum, { length }) => sum + length, 0), 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

/** Reads a mutated workbook: four in ten as sheets, one packed, one as CSV, two garbled, two with a garbled part. */
async function load(sound: Uint8Array, seed: number) {
  const kind = seed % 10;
  if (kind < 4) return readWorkbookV1(mutated(seed));
  const file = kind === 5 ? `${folder}/${seed}` : path;
  if (kind < 6) await writeSheets(mutated(seed), file);
  else {await Deno.writeFile(
      file,
      kind < 8 ? garbled(sound, seed, "\0\u00ffPK\u0001") : repacked(sound, seed),
    );}
  return await loadWorkbook(file);
}

Deno.test("eleven hundred mutated workbooks each give a study or a clear error, and none takes long", async () => {
  // The written file holds its date, which moves the bytes that a seed garbles: here it is always the same.
  mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-29T10:32:54.321Z") });
  const sound = await writePackedSheets(ultimatum).finally(() => mock.timers.reset());
  // Repacked without a change it is the same workbook.
  assert((await readXlsx(repacked(sound, -1))).sheets.length === ultimatum.length);
  const outcomes = { studies: 0, errors: 0 };
  const longest = { ms: 0, seed: 0 };
  for (let seed = 0; seed < 1100; seed++) {
    const begun = performance.now();
    try {
      const { personas } = await load(sound, seed);
      assert(personas.numRows() > 0);
      outcomes.studies++;
    } catch (error) {
      const isClear = error instanceof RangeError &&
        /^Cannot (load|write) a workbook.* as (sheet "|'(path|the file)')/.test(error.message);
      if (!isClear) throw new Error(`mutation ${seed} gives no clear error`, { cause: error });
      outcomes.errors++;
    }
    const ms = performance.now() - begun;
    if (ms > longest.ms) Object.assign(longest, { ms, seed });
  }
  assert(outcomes.studies > 100 && outcomes.errors > 300, JSON.stringify(outcomes));
  assert(longest.ms < 5000, JSON.stringify(longest));
});
