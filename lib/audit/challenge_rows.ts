import { checkColumns } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { acquiescenceRows } from "./acquiescence_rows.ts";
import type { AuditFiveChallengesOptions, AuditTables } from "./challenge_options.ts";
import { type AuditDrawOptions, checkParts } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import { correctAnswerRows } from "./correct_answer_rows.ts";
import { diversityRows } from "./diversity_rows.ts";
import { generalisationRows } from "./generalisation_rows.ts";
import { heldOutRows } from "./held_out_rows.ts";
import { positionRows } from "./position_rows.ts";
import { scaleRows } from "./scale_rows.ts";
import { subgroupRows } from "./subgroup_rows.ts";
import { sycophancyRows } from "./sycophancy_rows.ts";

type Challenge = "diversity" | "bias" | "sycophancy" | "alienness" | "generalisation";

interface Audit {
  readonly action: string;
  readonly tables: AuditTables;
  readonly options: AuditFiveChallengesOptions;
  /** What every check is given: columns, level, draws. */
  readonly shared: AuditDrawOptions;
  /** The items and the shared options. */
  readonly listed: AuditDrawOptions & { items?: string | readonly string[] };
}

/** The rows of `auditFiveChallenges` before adjustment. */
export function challengeRows(
  action: string,
  tables: AuditTables,
  options: AuditFiveChallengesOptions,
): AuditRow[] {
  for (const [name, table] of Object.entries(tables)) {
    if (table !== undefined) checkColumns(action, table as Table, [], name);
  }
  const shared = sharedOptions(options);
  const listed = { ...shared, ...(options.items === undefined ? {} : { items: options.items }) };
  checkNested(action, options);
  const audit = { action, tables, options, shared, listed };
  const parts: [Challenge, AuditRow[]][] = [
    ["diversity", diversityPart(audit)],
    ["bias", biasPart(audit)],
    ["sycophancy", sycophancyPart(audit)],
    ["alienness", aliennessPart(audit)],
    ["generalisation", generalisationPart(audit)],
  ];
  return parts.flatMap(([challenge, rows]) => joinUnchecked(rows).map((row) => ({ ...row, challenge })));
}

/** Checks the options that are objects themselves; their parts are checked where they are read. */
function checkNested(action: string, { sycophancy, generalisation }: AuditFiveChallengesOptions): void {
  if (sycophancy !== undefined) {
    checkParts(action, "sycophancy", sycophancy, {
      known: ["items", "opinions", "reversed", "agree"],
      example: '{ items: ["tax"], opinions: { pro: 1, contra: -1 } }',
    });
  }
  if (generalisation !== undefined) {
    checkParts(action, "generalisation", generalisation, {
      known: ["outcome", "known", "reference", "unpublished", "original", "replication"],
      example: '{ outcome: "tax", known: "famous", reference: "control", unpublished: "paraphrase" }',
    });
  }
}

function sharedOptions({ arm, persona, alpha, draws, seed }: AuditDrawOptions): AuditDrawOptions {
  const given = Object.entries({ arm, persona, alpha, draws, seed }).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(given);
}

function diversityPart({ action, tables, listed }: Audit): AuditRow[] {
  const { answers, human, reversed, changed } = tables;
  return [
    ...diversityRows(action, answers, { ...listed, ...(human === undefined ? {} : { human }) }),
    ...correctAnswerRows(action, answers, {
      ...listed,
      ...(reversed === undefined ? {} : { reversed }),
      ...(changed === undefined ? {} : { changed }),
    }),
  ];
}

function biasPart({ action, tables, options, listed }: Audit): AuditRow[] {
  const { human } = tables;
  const { groups } = options;
  if (human !== undefined && groups !== undefined) {
    return subgroupRows(action, tables.answers, { ...listed, human, groups });
  }
  const missing = [
    human === undefined ? "people's answers as { human }" : "",
    groups === undefined ? "{ groups }" : "",
  ]
    .filter((name) => name !== "").join(" and ");
  return [notChecked({ check: "errors by group", item: "", reason: `errors by group need ${missing}` })];
}

function sycophancyPart({ action, tables, options, shared }: Audit): AuditRow[] {
  const { pairs, sycophancy } = options;
  return [
    ...(pairs === undefined
      ? [notChecked({
        check: "acquiescence",
        item: "",
        reason: "needs items that assert opposites: give { pairs: [{ item, reversed }] }",
      })]
      : acquiescenceRows(action, tables.answers, { ...shared, pairs }).filter(({ arm }) => arm === "")),
    ...(sycophancy === undefined
      ? [notChecked({
        check: "sycophancy",
        item: "",
        reason: "needs arms that state the user's opinion: give { sycophancy: { items, opinions } }",
      })]
      : sycophancyRows(action, tables.opinions ?? tables.answers, { ...shared, ...sycophancy })),
  ];
}

function aliennessPart({ action, tables, options, shared, listed }: Audit): AuditRow[] {
  const { scales } = options;
  const { human, reversed } = tables;
  return [
    ...(scales === undefined
      ? [notChecked({
        check: "scales",
        item: "",
        reason:
          "needs items that measure one thing: give { scales: { name: { items: [...], reversed: [...] } } }",
      })]
      : scaleRows(action, tables.answers, { ...shared, scales, ...(human === undefined ? {} : { human }) })),
    ...positionRows(action, tables.answers, { ...listed, ...(reversed === undefined ? {} : { reversed }) }),
  ];
}

function generalisationPart({ action, tables, options, shared }: Audit): AuditRow[] {
  const { generalisation } = options;
  const { alpha = 0.05, draws = 2000, seed = 0 } = shared;
  return [
    ...(generalisation === undefined
      ? [notChecked({
        check: "unpublished stimulus",
        item: "",
        reason: "needs arms with a known and with unpublished stimuli: give " +
          "{ generalisation: { outcome, known, reference, unpublished, original, replication } }",
      })]
      : generalisationRows(action, tables.stimuli ?? tables.answers, { ...shared, ...generalisation })),
    ...(tables.studies === undefined
      ? [notChecked({
        check: "held-out studies",
        item: "",
        reason:
          "needs effects of published and unpublished studies: give { studies } with synthetic, human, published",
      })]
      : heldOutRows(action, tables.studies, { alpha, draws, seed })),
  ];
}

/** Rows of one check that were not checked for the same reason, and say nothing else, become one row. */
function joinUnchecked(rows: readonly AuditRow[]): AuditRow[] {
  const joined = new Map<string, AuditRow>();
  return rows.flatMap((row) => {
    if (row.problem !== null || !Number.isNaN(row.statistic)) return [row];
    const key = `${row.check}\n${row.reason}`;
    const first = joined.get(key);
    if (first === undefined) {
      const copy = { ...row };
      joined.set(key, copy);
      return [copy];
    }
    if (!first.item.split(", ").includes(row.item)) first.item = `${first.item}, ${row.item}`;
    if (first.compared !== row.compared) first.compared = "";
    return [];
  });
}
