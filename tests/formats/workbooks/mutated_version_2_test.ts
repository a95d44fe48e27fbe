import { assert } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import type { SheetCell } from "../../../lib/formats/workbooks/sheet_rows.ts";
import { readWorkbookV2 } from "../../../lib/formats/workbooks/version_2.ts";
import { gifts } from "./gifts.ts";

const cells: readonly SheetCell[] = [
  ...[
    null,
    0,
    -1,
    1e300,
    0.5,
    3,
    1001,
    true,
    false,
    " ",
    "nan",
    "NA",
    "TRUE",
    "game",
    "after",
    "ID",
    "name",
    "value",
  ],
  ...[
    "CONTEXT",
    "FACILITATOR",
    "discussion",
    "PUBLIC_QUESTION",
    "Player",
    "gift",
    "total",
    "integer",
    "category",
  ],
  ...[
    "{{ C.game.ENDOWMENT }}",
    "{{ player.gift }}",
    "{{ agent.game[1].gift }}",
    "{{ agent.__proto__ }}",
    "{{ x",
    "{%",
  ],
  ...[
    "{{ group.total }}",
    "{% if round_number == 1 %}a{% else %}b{% endif %}",
    "{% for x in y %}",
    "round_number in [1, 2]",
  ],
  ...[
    "round_number == 1 and agent.age > 30",
    "round_number in []",
    "player.gift == None",
    "((((",
    "game, after, more",
  ],
  ...[
    "[",
    "['a', 'a']",
    "(0, 1)",
    "(1, 0)",
    "()",
    "{'strategy': 'swap'}",
    "{'strategy': 3}",
    "{'a': 1}",
    "{",
    "random",
  ],
  ...[
    "[" + "[".repeat(20_000),
    "{{ a ".repeat(5000),
    "{".repeat(30_000),
    "a".repeat(30_000),
    "a, ".repeat(10_000),
  ],
  ...["__proto__", "constructor", "toString", "\ud83d\ude00", "\u0000", "1\n1"],
];

/** The workbook in which some cells, rows or sheets are others. */
function mutated(seed: number): { name: string; rows: SheetCell[][] }[] {
  const draws = stream(seed, "mutation");
  const sheets = gifts.map(({ name, rows }) => ({ name, rows: rows.map((row) => [...row]) }));
  const cell = () => cells[draws.integer(cells.length)]!;
  for (let n = 0; n <= draws.integer(3); n++) {
    const at = draws.integer(sheets.length);
    const { rows } = sheets[at]!;
    if (rows.length === 0) continue;
    const [row, other] = [draws.integer(rows.length), draws.integer(rows.length)];
    const column = draws.integer(rows[row]!.length + 1);
    const changes = [
      () => rows[row]![column] = cell(),
      () => rows[row]![column] = cell(),
      () => rows[row]![column] = rows[other]![column] ?? null,
      () => rows.splice(row, 1),
      () => rows.push([...rows[row]!]),
      () => rows[row]!.splice(column, 1),
      () => rows.splice(other, 0, []),
      () => rows.splice(0, rows.length),
      () => sheets[at]!.name = ["Notes", "Settings", "Manual_", "Prompts"][draws.integer(4)]!,
      () => sheets.splice(at, 1),
    ];
    changes[draws.integer(changes.length)]!();
  }
  return sheets.map(({ name, rows }) => ({
    name,
    rows: rows.map((row) => Array.from(row, (one) => one ?? null)),
  }));
}

const me = { member: "1", role: "player", seat: 1, name: "Player 1", attributes: { gender: "Male" } };
const session = {
  me,
  members: [me],
  arm: "tax",
  round: 2,
  lines: [],
  answers: [],
  payoffs: [],
  draw: () => 0.5,
};

Deno.test("a thousand mutated workbooks of version 2 each give a study or a clear error, and none takes long", () => {
  const outcomes = { studies: 0, errors: 0, filled: 0 };
  for (let seed = 0; seed < 1000; seed++) {
    const begun = performance.now();
    try {
      const { protocol, personas, sheets } = readWorkbookV2(mutated(seed), { add_up: () => 3 });
      assert(personas.numRows() > 0 && sheets.length > 0);
      outcomes.studies++;
      // What was read can be filled, too.
      for (const step of protocol.steps.flatMap((step) => step.kind === "rounds" ? step.steps : [step])) {
        const text = step.kind === "tell" ? step.text : step.kind === "say" ? step.prompt : null;
        if (typeof text !== "function") continue;
        assert(!/undefined|\[object/.test(text(session as never)));
        outcomes.filled++;
      }
    } catch (error) {
      const isClear = error instanceof RangeError &&
        /^Cannot load a workbook as (sheet "|'functions')/.test(error.message);
      if (!isClear) throw new Error(`mutation ${seed} gives no clear error`, { cause: error });
      outcomes.errors++;
    }
    assert(performance.now() - begun < 2000, `mutation ${seed} takes long`);
  }
  assert(outcomes.studies > 200 && outcomes.errors > 300 && outcomes.filled > 400, JSON.stringify(outcomes));
});
