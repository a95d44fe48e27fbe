import { assertEquals, assertThrows } from "@std/assert";
import { checkNoTranscripts, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { drawTranscripts } from "../drift/transcript_tables.ts";

const transcripts = drawTranscripts(
  { personas: 40, rates: { control: 0, threat: 0 }, turns: [1, 2] },
  stream(1, "transcripts"),
);
const lastTurn = transcripts.filter("d => d.role === 'probe' && d.turn === 2") as Table;

Deno.test("checkNoTranscripts(table) refuses several turns or roles, and says how to take one", () => {
  const message =
    "filter one turn and role first, for example transcripts.filter(\"d => d.role === 'probe' && " +
    'd.turn === 2")';
  assertThrows(() => checkNoTranscripts("try", transcripts), RangeError, message);
  const probes = transcripts.filter("d => d.role === 'probe'") as Table;
  assertThrows(() => checkNoTranscripts("try", probes), RangeError, message);
  const noTurn = transcripts.filter("d => d.turn === 0") as Table;
  assertThrows(() => checkNoTranscripts("try", noTurn), RangeError, "roles default, probe and turns 0");
});

Deno.test("checkNoTranscripts(table) lets pass one role at one turn, and personas with an attribute called role", () => {
  checkNoTranscripts("try", lastTurn);
  checkNoTranscripts(
    "try",
    tableOf({ role: ["nurse", "clerk"], turn: [1, 1], item: ["a", "a"], value: [1, 2] }),
  );
  checkNoTranscripts("try", tableOf({ role: ["probe", "line"], turn: [1, 2] }));
});

Deno.test("estimators refuse transcripts as a whole, and take one turn of them", () => {
  assertThrows(
    () => estimateEffects(transcripts, { outcome: "trust" }),
    RangeError,
    "Cannot estimate effects as 'table' holds transcripts",
  );
  assertEquals(estimateEffects(lastTurn, { outcome: "trust" }).get("n", 0), 40);
});
