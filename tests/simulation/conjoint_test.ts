import { assert } from "@std/assert";
import { columnOf, type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { declareConjoint } from "@understudy/understudy/designs";
import {
  checkConjoint,
  compareAmces,
  estimateAcie,
  estimateAmce,
  estimateMarginalMeans,
} from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";
import { probabilitiesOf, profilesOf } from "../designs/fixtures.ts";

/** `UNDERSTUDY_LONG=1` draws 40 times as often, which narrows the bounds by six. */
const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4000 : 100;

const declaration = {
  features: { education: ["none", "school", "college"], job: ["janitor", "doctor"] },
  restrictions: [{ education: "none", job: "doctor" }],
  tasks: 3,
};
const conjoint = declareConjoint(declaration);
const alone = declareConjoint({ ...declaration, profiles: 1 });
const respondents = 70;
const personas = tableOf({
  persona_id: Array.from({ length: respondents }, (_, row) => row),
  party: Array.from({ length: respondents }, (_, row) => (row % 3 === 0 ? "left" : "right")),
});

/** The mean rating of a profile: education and job interact. */
function meanOf(education: string, job: string): number {
  return { none: 0, school: 0.3, college: 0.5 }[education]! + (job === "doctor" ? 0.4 : 0) +
    (job === "doctor" && education === "college" ? 0.6 : 0);
}

interface Study {
  readonly profiles: Table;
  /** What varies: each respondent's level and taste for college, and each answer. */
  readonly rating: number[];
  readonly mood: string[];
}

function drawStudy(seed: number, shown = conjoint): Study {
  const profiles = profilesOf(personas, shown, seed);
  const [education, job] = [columnOf<string>(profiles, "education"), columnOf<string>(profiles, "job")];
  const tastes = new Map<unknown, { level: number; college: number }>();
  const random = stream(seed, "answers");
  const rating = columnOf(profiles, "persona_id").map((id, row) => {
    let taste = tastes.get(id);
    if (taste === undefined) tastes.set(id, taste = { level: random.normal(), college: random.normal() });
    const college = education[row] === "college" ? taste.college : 0;
    return meanOf(education[row]!, job[row]!) + taste.level + college + random.normal();
  });
  // A trait that changes within respondents, from profile to profile.
  return { profiles, rating, mood: rating.map(() => moodOf(random)) };
}

function moodOf(random: RandomStream): string {
  return random.uniform() < 0.5 ? "bad" : "good";
}

function tableOfStudy({ profiles, rating, mood }: Study): Table {
  const columns = profiles.columnNames().map((name) => [name, columnOf(profiles, name)]);
  return tableOf({ ...Object.fromEntries(columns), rating, mood });
}

const cells = probabilitiesOf(conjoint) as {
  education: string;
  job: string;
  probability: number;
}[];

/** The mean of profiles that show a level, under the design. */
function marginalMean(level: string): number {
  const own = cells.filter(({ education }) => education === level);
  const total = own.reduce((sum, { probability }) => sum + probability, 0);
  return own.reduce((sum, cell) => sum + cell.probability / total * meanOf(cell.education, cell.job), 0);
}

/** The effect of being a doctor, averaged over the education levels that occur with both jobs. */
function doctorEffect(): number {
  const share = (level: string) =>
    cells.filter(({ education }) => education === level).reduce(
      (sum, { probability }) => sum + probability,
      0,
    );
  const [school, college] = [share("school"), share("college")];
  const effect = (level: string) => meanOf(level, "doctor") - meanOf(level, "janitor");
  return (school * effect("school") + college * effect("college")) / (school + college);
}

interface Interval {
  readonly name: string;
  readonly truth: number;
  readonly row: { readonly [column: string]: string };
  readonly estimate: (table: Table) => Table;
}

const base = { outcome: "rating", conjoint, distribution: "t" } as const;
const without = { outcome: "rating", distribution: "t", features: ["education", "job"] } as const;
const intervals: readonly Interval[] = [
  {
    name: "AMCE of a restricted feature",
    truth: doctorEffect(),
    row: { feature: "job", level: "doctor" },
    estimate: (table) => estimateAmce(table, base),
  },
  {
    // School and college are compared over janitors only where "none" is the reference.
    name: "AMCE of a level in one subgroup",
    truth: meanOf("college", "janitor") - meanOf("none", "janitor"),
    row: { feature: "education", level: "college", group: "right" },
    estimate: (table) => estimateAmce(table, { ...base, by: "party" }),
  },
  {
    name: "difference of AMCEs between subgroups that share respondents",
    truth: 0,
    row: { feature: "job", level: "doctor" },
    estimate: (table) => estimateAmce(table, { ...base, by: "mood", differences: true }),
  },
  {
    name: "marginal mean",
    truth: marginalMean("college"),
    row: { feature: "education", level: "college" },
    estimate: (table) => estimateMarginalMeans(table, without),
  },
  {
    name: "difference of marginal means between subgroups that share respondents",
    truth: 0,
    row: { feature: "education", level: "college" },
    estimate: (table) => estimateMarginalMeans(table, { ...without, by: "mood", differences: true }),
  },
  {
    name: "ACIE",
    truth: 0.6,
    row: { feature: "education", level: "college" },
    estimate: (table) =>
      estimateAcie(table, { ...base, between: ["education", "job"], reference: { education: "school" } }),
  },
];

function covers(found: Table, { row, truth }: Interval): boolean {
  const own = (found.objects() as { [column: string]: unknown }[]).find((candidate) =>
    Object.entries(row).every(([name, value]) => candidate[name] === value)
  )!;
  return (own.conf_low as number) <= truth && truth <= (own.conf_high as number);
}

/** Fails where a share lies outside two-sided binomial bounds: a right one does in 1 of 1000 seeds. */
function assertShare(share: number, expected: number, name: string): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / repetitions);
  assert(Math.abs(share - expected) < margin, `${name}: ${share} is not within ${margin} of ${expected}`);
}

Deno.test("the conjoint estimators have intervals that cover in 95 of 100 studies", () => {
  const covered = intervals.map(() => 0);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = tableOfStudy(drawStudy(repetition));
    intervals.forEach((interval, place) => {
      if (covers(interval.estimate(table), interval)) covered[place]!++;
    });
  }
  covered.forEach((count, place) => assertShare(count / repetitions, 0.95, intervals[place]!.name));
});

Deno.test("compareAmces(table) rejects in 5 of 100 studies without a difference", () => {
  const names = ["by respondents", "by profiles"];
  const rejected = [0, 0];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = tableOfStudy(drawStudy(100_000 + repetition));
    ["party", "mood"].forEach((by, place) => {
      const tests = compareAmces(table, { outcome: "rating", conjoint, by });
      if ((columnOf<number>(tests, "p_value").at(-1) as number) < 0.05) rejected[place]!++;
    });
  }
  rejected.forEach((count, place) => assertShare(count / repetitions, 0.05, names[place]!));
});

for (const own of [conjoint, alone]) {
  Deno.test(`checkConjoint(table) rejects each assumption in 5 of 100 studies in which it holds: ${own.profiles} profiles a task`, () => {
    const rejected = new Map<string, number>();
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const table = tableOfStudy(drawStudy(200_000 + repetition, own));
      const checks = checkConjoint(table, { outcome: "rating", conjoint: own });
      columnOf<string>(checks, "check").forEach((check, row) => {
        const p = checks.get("p_value", row) as number;
        if (!Number.isNaN(p)) rejected.set(check, (rejected.get(check) ?? 0) + (p < 0.05 ? 1 : 0));
      });
    }
    for (const [check, count] of rejected) {
      const share = count / repetitions;
      // As no two profiles of a task are the same, levels are shown more evenly than by independent draws.
      const fewer = check.startsWith("randomisation") && own.profiles > 1;
      assertShare(fewer ? Math.max(share, 0.05) : share, 0.05, check);
    }
  });
}

Deno.test("estimateAmce(table) has normal intervals that cover where two profiles are chosen between", () => {
  // Choices within a task sum to 1; 200 respondents of different tastes.
  const choice = declareConjoint({ features: { price: ["low", "high"], brand: ["a", "b", "c"] }, tasks: 3 });
  const people = tableOf({ persona_id: Array.from({ length: 200 }, (_, row) => row) });
  let covered = 0;
  let meanCovered = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const profiles = profilesOf(people, choice, repetition);
    const chosen = choose(profiles, stream(repetition, "choices"));
    const columns = profiles.columnNames().map((name) => [name, columnOf(profiles, name)]);
    const table = tableOf({ ...Object.fromEntries(columns), chosen });
    const found = estimateAmce(table, { outcome: "chosen", conjoint: choice });
    if ((found.get("conf_low", 1) as number) <= 0 && 0 <= (found.get("conf_high", 1) as number)) covered++;
    const means = estimateMarginalMeans(table, { outcome: "chosen", conjoint: choice });
    if ((means.get("conf_low", 0) as number) <= 0.5 && 0.5 <= (means.get("conf_high", 0) as number)) {
      meanCovered++;
    }
  }
  assertShare(covered / repetitions, 0.95, "AMCE");
  assertShare(meanCovered / repetitions, 0.95, "marginal mean");
});

/** Tastes for a price are large but as many like it high as low: no average effect. */
function choose(profiles: Table, random: RandomStream): number[] {
  const price = columnOf<string>(profiles, "price");
  const tastes = new Map<unknown, number>();
  const chosen: number[] = [];
  columnOf(profiles, "persona_id").forEach((id, row) => {
    if (row % 2 === 1) return;
    if (!tastes.has(id)) tastes.set(id, 2 * random.normal());
    const worth = (at: number) => (price[at] === "low" ? tastes.get(id)! : 0) + random.normal();
    const first = worth(row) > worth(row + 1);
    chosen.push(first ? 1 : 0, first ? 0 : 1);
  });
  return chosen;
}
