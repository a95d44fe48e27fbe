import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkGeneralisation } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";

function recalled(effects: { known: number; paraphrase: number }) {
  const random = stream(8, "recalled");
  const arm = Array.from({ length: 900 }, (_, i) => ["control", "known", "paraphrase"][i % 3]!);
  return tableOf({ arm, y: arm.map((of) => (effects[of as "known"] ?? 0) + random.normal()) });
}
const published = { original: { estimate: 1, stdError: 0.1 }, replication: { estimate: 0.1 } };
const asked = { outcome: "y", known: "known", reference: "control", unpublished: "paraphrase", ...published };

Deno.test("checkGeneralisation(answers) finds an effect that is recalled, and not one that is produced", () => {
  const memorised = checkGeneralisation(recalled({ known: 1, paraphrase: 0.1 }), asked);
  assertEquals(memorised.array("verdict"), ["found", "found"]);
  assertAlmostEquals(memorised.get("statistic", 1), 1, 0.3);
  const produced = checkGeneralisation(recalled({ known: 0.1, paraphrase: 0.1 }), asked);
  assertEquals(produced.array("verdict"), ["not found", "not found"]);
});

Deno.test("checkGeneralisation(…) names what is wrong with its arguments", () => {
  const table = recalled({ known: 0, paraphrase: 0 });
  assertThrows(
    () => checkGeneralisation(table, { ...asked, known: "x" }),
    RangeError,
    "'known' must be one of",
  );
  assertThrows(
    () => checkGeneralisation(table, { ...asked, replication: { estimate: 1 } }),
    RangeError,
    "'replication' must differ",
  );
  const original = (effect: unknown) => () =>
    checkGeneralisation(table, { ...asked, original: effect } as never);
  assertThrows(
    original({ estimate: 1, std_error: 0.1 }),
    TypeError,
    "'original.std_error' is unknown: the parts of 'original' are estimate, stdError",
  );
  assertThrows(original(0.9), TypeError, "'original' must be an object");
  assertThrows(original({ stdError: 1 }), TypeError, "'original.estimate' must be a finite number");
  assertThrows(original({ estimate: 1, stdError: -1 }), RangeError, "'original.stdError' must be");
});

Deno.test("checkGeneralisation(answers) has a row for what was not given, with how to give it", () => {
  const { outcome, known, reference, original, replication } = { ...asked };
  const table = recalled({ known: 0, paraphrase: 0 });
  const rows = (more: object) =>
    (checkGeneralisation(table, { outcome, known, reference, ...more }).objects() as {
      check: string;
      verdict: string;
      reason: string;
    }[]).map(({ check, verdict, reason }) => [check, verdict === "cannot tell" ? reason : ""]);
  const wordings =
    "needs an arm with a stimulus of the same meaning that was never published: give { unpublished }";
  const effects = "needs the effect of an original study and that of its replication: give ";
  assertEquals(rows({}), [
    ["unpublished stimulus", wordings],
    [
      "memorised effect",
      `${effects}{ original: { estimate, stdError }, replication: { estimate, stdError } }`,
    ],
  ]);
  assertEquals(rows({ original, unpublished: "paraphrase" }), [
    ["unpublished stimulus", ""],
    ["memorised effect", `${effects}{ replication: { estimate, stdError } }`],
  ]);
  assertEquals(rows({ original, replication }).map(([check]) => check), [
    "memorised effect",
    "unpublished stimulus",
  ]);
});
