import { assert, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import {
  plotAudit,
  plotControls,
  plotDrift,
  plotRepair,
  plotSensitivity,
  plotStability,
} from "@understudy/understudy/plots";

const named = (names: readonly string[]) => tableOf(Object.fromEntries(names.map((name) => [name, ["x"]])));
const answers = named([
  "persona_id",
  "arm",
  "item",
  "value",
  "status",
  "raw",
  "model",
  "cached",
  "wording",
  "turn",
]);
const effects = named(["outcome", "term", "reference", "turn", "estimate", "conf_low", "conf_high"]);
const drift = named(["control", "arm", "reference", "statistic", "null_mean", "null_high", "p_adjusted"]);

function messageOf(call: () => unknown): string {
  return assertThrows(call, Error).message;
}

Deno.test("plotDrift(answers) says which verb's table it takes, and lists few columns", () => {
  const message = messageOf(() => plotDrift(answers));
  assertStringIncludes(message, "plotDrift(estimateDrift(answers, { controls }))");
  assertStringIncludes(message, "it holds answers; its columns are persona_id, arm");
  assert(message.endsWith("and 2 more"), message);
  assertStringIncludes(messageOf(() => plotDrift(effects)), "plotEffects draws it");
});

Deno.test("plotSensitivity(table) points to plotEffects where it is given other estimates", () => {
  const message = messageOf(() => plotSensitivity(effects));
  assertStringIncludes(message, "estimateControlBounds or estimateRobustness");
  assertStringIncludes(message, "plotEffects draws it");
  assertStringIncludes(messageOf(() => plotSensitivity(answers)), "it holds answers");
});

Deno.test("plotStability(table) points to estimateStability, and to plotEffects for other outcomes", () => {
  const message = messageOf(() => plotStability(effects));
  assertStringIncludes(
    message,
    "it is a table of estimateStability; this one's outcomes are x, and plotEffects",
  );
  assertStringIncludes(
    messageOf(() => plotStability(answers)),
    "plotStability(estimateStability(transcripts))",
  );
});

Deno.test("plotAudit(table) and plotRepair(table) say whose table or record they take", () => {
  assertStringIncludes(messageOf(() => plotAudit(drift)), "table of auditFiveChallenges");
  assertStringIncludes(messageOf(() => plotAudit(drift)), "plotDrift draws it");
  const message = messageOf(() => plotRepair(drift as never));
  assertStringIncludes(message, "must be the result of repairDrift or compareRepairs");
  assertStringIncludes(message, "it is a table; plotDrift draws it");
});

Deno.test("plotControls(table) says that it takes answers", () => {
  const message = messageOf(() => plotControls(drift, { controls: "news_source" }));
  assertStringIncludes(
    message,
    "no column 'news_source': it is a table of answers, such as runExperiment returns",
  );
  assertStringIncludes(message, "plotDrift draws it");
  assertThrows(() => plotControls(null as never, { controls: "a" }), TypeError, "'answers' must be a table");
});
