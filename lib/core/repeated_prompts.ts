import { distributionColumn, isDistribution } from "./distribution.ts";
import type { Study, StudyRequest } from "./study_rows.ts";
import type { Labelled, Table } from "./table.ts";
import { combineLabels, encodeLabels, groupRows, sortLabels, valuesOf } from "./table.ts";

/**
 * Reads which personas were sent the same prompts. Where replies to the same prompt never differ, as at temperature 0,
 * these personas are one draw: unless clusters were named or recorded, the prompts become the clusters.
 *
 * A cluster holds all personas of an arm that share a prompt; where personas are in several arms, all that share one in
 * any. Blocks stay where they hold whole clusters, one of each arm or at least two; else arms are compared without them.
 *
 * @param table all rows, of which the study may have those of one item
 */
export function readPrompts(table: Table, study: Study, request: StudyRequest): Study {
  const { arm, block, cluster } = study;
  const prompt = encodeLabels(study.action, "prompt_key", valuesOf(study.table, "prompt_key"));
  const persona = study.persona?.codes ?? prompt.codes.map((_, row) => row);
  const asked = request.clusters === "prompt" && cluster === null;
  const personas = new Set(persona).size;
  const repeats = prompt.labels.length < prompt.codes.length &&
    sharePrompts(study, persona, prompt).labels.length < personas;
  if (!asked && !repeats) return study;
  const byArm = arm.labels.map(() => new Set<number>());
  prompt.codes.forEach((code, row) => code < 0 ? undefined : byArm[arm.codes[row]!]?.add(code));
  const arms = byArm.map(({ size }, own) => `${arm.labels[own]} ${size}`).join(", ");
  const counted = `${personas} personas, ${prompt.labels.length} different prompts${arms && ` (${arms})`}`;
  const tell = (...notes: string[]) => [
    ...study.prompts,
    ...(prompt.labels.length < personas ? [counted, ...notes] : notes),
  ];
  const still = neverDiffer(study.action, table, request);
  if (!asked && !still) return { ...study, prompts: tell() };
  const said = "replies to the same prompt never differ";
  const warn = (why: string): Study => ({ ...study, prompts: tell(`warning: ${said}, yet ${why}`) });
  if (!asked && cluster !== null) return warn("other clusters count as draws");
  if (!asked && request.clusters === null) return warn("personas count as draws");
  const shared = sharePrompts(study, persona, sortLabels(prompt));
  const notes = tell(`${still ? `${said}: ` : ""}prompts are the clusters`);
  const clustered = { ...study, cluster: shared, clusterName: "prompt_key", prompts: notes };
  if (block === null || holdClusters(study, shared, request)) return clustered;
  if (!asked && !sameProbabilities(study)) {
    return warn("personas count as draws, as prompts spread over blocks in which arms have other shares");
  }
  const without = "no blocks, as prompts spread over them or are few in one";
  return { ...clustered, block: null, prompts: [...notes, without] };
}

/** The clusters of personas that share prompts, in one arm or, where personas are in several, in any. */
function sharePrompts({ action, arm }: Study, persona: Int32Array, prompt: Labelled): Labelled {
  const first = new Int32Array(persona.length).fill(-1);
  const together = arm.labels.length === 0 || arm.codes.some((code, row) => {
    if (first[persona[row]!] === -1) first[persona[row]!] = code;
    return first[persona[row]!] !== code;
  });
  const arms = together ? 1 : arm.labels.length + 1;
  const nodes = prompt.labels.length * arms;
  // Prompts stand before personas, so that the order of rows does not change by which of them a cluster is known.
  const parent = new Int32Array(nodes + persona.length).map((_, node) => node);
  const rootOf = (node: number): number => {
    while (parent[node] !== node) node = parent[node] = parent[parent[node]!]!;
    return node;
  };
  prompt.codes.forEach((code, row) => {
    if (code < 0) return;
    const one = rootOf(code * arms + (together ? 0 : arm.codes[row]! + 1));
    const other = rootOf(nodes + persona[row]!);
    parent[Math.max(one, other)] = Math.min(one, other);
  });
  return encodeLabels(action, "prompt_key", persona.map((code) => rootOf(nodes + code)));
}

/**
 * Whether no two replies to the same prompt differ, where replies drawn anew each time would so agree in less than 5% of
 * studies: an answer that nearly all give says little. Calls that failed have no prompt.
 */
function neverDiffer(
  action: string,
  table: Table,
  { outcome, compared = [outcome!], elicited }: StudyRequest,
): boolean {
  const names = table.columnNames();
  const items = names.includes("item") && names.includes("value") ? valuesOf(table, "item") : null;
  // A prompt asks about several profiles, and two models may be sent the same.
  const parts = ["prompt_key", "profile", "model"].filter((name) => names.includes(name))
    .map((name) => encodeLabels(action, name, valuesOf(table, name)));
  const { codes, labels } = combineLabels(
    parts.filter(({ labels }, part) => part === 0 || labels.length > 1),
  );
  let chance = 1;
  for (const item of compared.filter((name) => items !== null || names.includes(name))) {
    const values = valuesOf(table, items === null ? item : "value");
    const column = elicited === "expected" ? distributionColumn(table, item) : undefined;
    const distributions = column === undefined ? [] : valuesOf(table, column);
    const first: unknown[] = new Array(labels.length);
    const times = new Int32Array(labels.length);
    const given = new Map<unknown, number>();
    for (let row = 0; row < codes.length; row++) {
      const own = codes[row]!;
      if (own < 0 || (items !== null && items[row] !== item)) continue;
      const value = distributions[row] ?? values[row] ?? "";
      if (times[own] === 0) first[own] = value;
      else if (!isSame(first[own], value)) return false;
      const reply = typeof first[own] === "object" ? JSON.stringify(first[own]) : first[own];
      times[own]!++;
      given.set(reply, (given.get(reply) ?? 0) + 1);
    }
    const replies = times.reduce((sum, count) => sum + count, 0);
    // That m replies agree has the probability Σ p^m over the answers' shares p.
    const agree = (m: number) => given.values().reduce((sum, count) => sum + (count / replies) ** m, 0);
    for (const [m, prompts] of groupRows(times)) if (m > 1) chance *= agree(m) ** prompts.length;
  }
  return chance < 0.05;
}

/** Whether two replies say the same. Probabilities of the same prompt differ a little where servers compute in batches. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isDistribution(one) || !isDistribution(other)) {
    return Object.is(one, other) || typeof one === "object" && JSON.stringify(one) === JSON.stringify(other);
  }
  return Object.entries(one).every(([answer, part]) => Math.abs(part - (other[answer] ?? 0)) < 0.05);
}

/** Whether every block holds whole clusters, and of each arm at least two, or everywhere one. */
function holdClusters({ arm, block, leftOut }: Study, cluster: Labelled, { weights }: StudyRequest): boolean {
  const arms = Math.max(1, arm.labels.length);
  const home = new Int32Array(cluster.labels.length).fill(-1);
  const counted = new Uint8Array(cluster.labels.length * arms);
  const counts = new Int32Array(block!.labels.length * arms);
  for (let row = 0; row < leftOut.length; row++) {
    const [own, within, of] = [cluster.codes[row]!, block!.codes[row]!, arm.codes[row]!];
    if (leftOut[row] !== undefined || within < 0 || of < 0) continue;
    if (home[own] !== -1 && home[own] !== within) return false;
    home[own] = within;
    // Where personas are in several arms a cluster is too.
    if (counted[own * arms + of] === 0) counts[within * arms + of]!++;
    counted[own * arms + of] = 1;
  }
  const pairs = arms > 1 && weights === undefined && counts.every((count) => count === 1);
  return pairs || counts.every((count) => count >= 2);
}

/** Whether each arm has one recorded probability: its shares are then alike in all blocks, which may be left out. */
function sameProbabilities({ table, arm }: Study): boolean {
  if (arm.labels.length === 0) return true;
  if (!table.columnNames().includes("arm_probability")) return false;
  const recorded = valuesOf(table, "arm_probability");
  return [...groupRows(arm.codes).values()].every((rows) =>
    new Set(rows.map((row) => recorded[row])).size === 1
  );
}
