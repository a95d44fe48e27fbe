import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  assignTreatments,
  declareDesign,
  declareTreatments,
  estimateEffects,
  likert,
  planExperiment,
  runExperiment,
  scriptedRespondent,
  tableOf,
  yesNo,
} from "@understudy/understudy";
import { describeColumns } from "@understudy/understudy/report";

const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
  items: [
    yesNo("fear", "Are you afraid?"),
    likert("trust", "Do you trust them?", { points: 3, labels: ["no", "yes"] }),
  ],
  stated: ["age"],
});
const personas = tableOf({
  persona_id: ["p1", "p2", "p3", "p4"],
  age: [31, 64, 45, NaN],
  party: ["L", "R", "L", null],
});
const assigned = assignTreatments(personas, design);
const plan = planExperiment(assigned, design);
const answers = await runExperiment(plan, scriptedRespondent(() => '{"fear":"yes","trust":2}'));

Deno.test("describeColumns(tables) has a row for every column, and for every item of a long table, each with what it means", () => {
  const effects = estimateEffects(answers, { outcome: "trust" });
  const codebook = describeColumns({ assigned, answers, effects }, design);
  const rows = codebook.objects() as { [column: string]: unknown }[];
  const names = (table: string) => rows.filter((row) => row.table === table).map(({ column }) => column);
  assertEquals(names("assigned"), assigned.columnNames());
  assertEquals(
    names("answers").filter((name) => !["value of fear", "value of trust"].includes(name as string)),
    answers.columnNames(),
  );
  assertEquals(names("effects"), effects.columnNames());
  assertEquals(rows.filter(({ meaning }) => !meaning || String(meaning).startsWith("OPEN")), []);
  const rowOf = (table: string, column: string) => {
    const { meaning, type, values, missing } = rows.find((row) =>
      row.table === table && row.column === column
    )!;
    return [meaning, type, values, missing];
  };
  assertEquals(rowOf("answers", "value of trust"), ["Do you trust them?", "number", "1 (no); 2; 3 (yes)", 0]);
  assertEquals(rowOf("assigned", "age"), [
    "attribute of the persona, told to the model",
    "number",
    "31 to 64",
    1,
  ]);
  assertEquals(rowOf("assigned", "party"), [
    "attribute of the persona, not told to the model",
    "text",
    "L; R",
    1,
  ]);
  assertEquals(rowOf("answers", "reason")[0], "why there is no value; empty where there is one");
  assertEquals(rowOf("effects", "reason")[0], "why a value is NaN; empty where none is");
});

Deno.test("what nothing is known of says OPEN; a wide table's items are described too", () => {
  const wide = tableOf({ id: [1, 2], trust: [1, 3], note: ["x".repeat(90), "y"], many: [1, "b"] });
  const meanings = describeColumns({ wide }, design).array("meaning") as string[];
  assertMatch(meanings[0]!, /^OPEN/);
  assertEquals(meanings[1], "Do you trust them?");
  const codebook = describeColumns({ wide });
  assert((codebook.get("values", 2) as string).length < 70);
  assertEquals(codebook.array("type"), ["number", "number", "text", "mixed"]);
  assertThrows(() => describeColumns({ wide: [] as never }), TypeError, "wide");
});
