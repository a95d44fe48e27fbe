import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { estimateStability } from "@understudy/understudy/drift";

interface Row {
  outcome: string;
  reference: string;
  estimate: number;
  std_error: number;
  conf_low: number;
  conf_high: number;
  reason: string;
}

/** The decay of six personas in each of two arms over three turns. */
function decayOf(value: (persona: number, turn: number) => string): Row[] {
  const rows = Array.from({ length: 36 }, (_, i) => ({ persona: i % 12, turn: Math.floor(i / 12) }));
  const transcripts = tableOf({
    persona_id: rows.map(({ persona }) => persona),
    arm: rows.map(({ persona }) => persona % 2 === 0 ? "control" : "threat"),
    turn: rows.map(({ turn }) => turn),
    role: rows.map(() => "probe"),
    item: rows.map(() => "party"),
    value: rows.map(({ persona, turn }) => value(persona, turn)),
    stated: rows.map(() => "left"),
  });
  const stability = estimateStability(transcripts, { reference: "control", floor: 0, bootstraps: 100 });
  const rates = ["decay rate", "half-life"];
  return (stability.objects() as Row[]).filter(({ outcome }) => rates.includes(outcome));
}

Deno.test("estimateStability(answers that are all alike) does not say that it is certain of the half-life", () => {
  for (const value of [() => "left", (_: number, turn: number) => turn < 2 ? "left" : "none"]) {
    const rows = decayOf(value);
    assertEquals(rows.length, 5);
    for (const { std_error, conf_low, conf_high, reason, outcome } of rows) {
      assertEquals([conf_low, conf_high], [NaN, NaN], outcome);
      assert(Number.isNaN(std_error));
      assertStringIncludes(reason, "all answer alike");
    }
  }
});

Deno.test("estimateStability(answers that differ) has an interval of the half-life", () => {
  for (
    const { outcome, conf_low, conf_high } of decayOf((persona, turn) => persona % 5 < turn ? "none" : "left")
  ) {
    assert(conf_low < conf_high, outcome);
  }
});
