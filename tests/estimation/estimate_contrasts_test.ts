import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fromCSV } from "arquero";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateContrasts, estimateEffects } from "@understudy/understudy/estimation";

const rows = Array.from({ length: 240 }, (_, i) => i);
const archive = tableOf({
  study: rows.map((i) => i < 150 ? "first" : "second"),
  arm: rows.map((i) => "abc"[i % 3]!),
  y: rows.map((i) => stream(2, i).normal() + (i % 3)),
});

Deno.test("estimateContrasts() has the difference in means of each study as its estimates", () => {
  const contrasts = estimateContrasts(archive, { outcome: "y", by: "study", reference: "a" });
  assertEquals(contrasts.numRows(), 4);
  const first = archive.slice(0, 150);
  const effects = estimateEffects(first, { outcome: "y", reference: "a" });
  assertAlmostEquals(contrasts.get("estimate", 0), effects.get("estimate", 0), 1e-12);
  assertAlmostEquals(contrasts.get("estimate", 1), effects.get("estimate", 1), 1e-12);
});

Deno.test("estimateContrasts(all) gives every pair both ways, with opposite signs and the reference's covariance", () => {
  const contrasts = estimateContrasts(archive, { outcome: "y", by: ["study"] });
  assertEquals(contrasts.numRows(), 12);
  const found = contrasts.objects() as {
    study: string;
    reference: string;
    arm: string;
    estimate: number;
    std_error: number;
    cov_shared: number;
  }[];
  for (const row of found) {
    const back = found.find((other) =>
      other.study === row.study && other.reference === row.arm && other.arm === row.reference
    )!;
    assertAlmostEquals(back.estimate, -row.estimate, 1e-14);
    // Var(a − r) = s²/n_a + s²/n_r, the two shared covariances.
    assertAlmostEquals(row.std_error ** 2, row.cov_shared + back.cov_shared, 1e-14);
  }
});

Deno.test("estimateContrasts() leaves out rows without an arm or outcome, and is NaN with a reason where it must", () => {
  const table = tableOf({ s: ["x", "x", "x", "x"], arm: ["a", "b", "b", null], y: [1, 2, null, 9] });
  const contrasts = estimateContrasts(table, { outcome: "y", by: "s", reference: "a" });
  assertEquals(contrasts.get("estimate", 0), 1);
  assertEquals([contrasts.get("std_error", 0), contrasts.get("reason", 0)], [
    NaN,
    "no degrees of freedom are left",
  ]);
});

Deno.test("estimateContrasts(scale) puts outcomes on 0 to 1, and names studies by a column called outcome", () => {
  const table = tableOf({
    study: ["a", "a", "a", "a", "b", "b", "b", "b"],
    outcome: ["trust", "trust", "trust", "trust", "vote", "vote", "vote", "vote"],
    arm: ["x", "x", "y", "y", "x", "x", "y", "y"],
    y: [1, 3, 4, 6, 0, 2, 2, 0],
    low: [1, 1, 1, 1, 0, 0, 0, 0],
    high: [7, 7, 7, 7, 10, 10, 10, 10],
  });
  const options = { outcome: "y", by: ["study", "outcome"], reference: "x", scale: ["low", "high"] } as const;
  const contrasts = estimateContrasts(table, options);
  assertEquals(contrasts.array("outcome"), ["trust", "vote"]);
  assertAlmostEquals(contrasts.get("estimate", 0), 3 / 6, 1e-14);
  assertAlmostEquals(contrasts.get("cov_shared", 1), 2 / 2 / 100, 1e-14);
});

Deno.test("estimateContrasts() names what is wrong", () => {
  const options = { outcome: "y", by: "study" };
  assertThrows(
    () => estimateContrasts(archive, { ...options, by: "studies" }),
    RangeError,
    "no column 'studies'",
  );
  assertThrows(
    () => estimateContrasts(archive, { ...options, reference: "d" }),
    RangeError,
    "'reference' must be an arm",
  );
  assertThrows(
    () => estimateContrasts(archive, { ...options, by: [] }),
    TypeError,
    "'by' must name a column",
  );
  assertThrows(() => estimateContrasts(archive, { ...options, alpha: 2 }), RangeError, "'alpha'");
});

const folder = new URL("../../../shared/data/hewitt2026/", import.meta.url);

function present(): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}

async function unzip(url: URL): Promise<string> {
  const file = await Deno.open(url);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

Deno.test("estimateContrasts() gives the 3,356 published contrasts of 71 survey experiments to 1e-8", async (t) => {
  if (!present()) {
    await t.step("skipped: the archive of Hewitt et al. 2026 is not beside the repository", () => {});
    return;
  }
  const participants = fromCSV(await unzip(new URL("rct_long.csv.gz", folder))) as Table;
  const contrasts = estimateContrasts(participants, {
    outcome: "y",
    by: ["study", "outcome"],
    arm: "condition",
    scale: ["min", "max"],
    basis: "human",
  });
  type Row = {
    study: string;
    outcome: string;
    reference: string;
    arm: string;
    estimate: number;
    std_error: number;
    cov_shared: number;
  };
  const published = fromCSV(await Deno.readTextFile(new URL("human_effects.csv", folder))) as Table;
  const key = (row: { [name: string]: unknown }, term: string) =>
    JSON.stringify([row.study, row.outcome, row.reference, row[term]]);
  const ours = new Map((contrasts.objects() as Row[]).map((row) => [key(row, "arm"), row]));
  let compared = 0;
  for (const row of published.objects() as (Row & { condition: string })[]) {
    const own = ours.get(key(row, "condition"))!;
    assert(own, key(row, "condition"));
    assertAlmostEquals(own.estimate, row.estimate, 1e-8);
    assertAlmostEquals(own.std_error, row.std_error, 1e-8);
    if (row.cov_shared !== null && row.cov_shared !== undefined) {
      assertAlmostEquals(own.cov_shared, row.cov_shared, 1e-8);
    }
    compared++;
  }
  assertEquals(compared, 3356);
});
