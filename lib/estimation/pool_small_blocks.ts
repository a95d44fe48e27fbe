import type { Comparison } from "../core/units.ts";
import type { Labelled } from "../core/table.ts";

/**
 * Leaves out the blocks that show no effect, so that one missing answer does not take the whole analysis.
 *
 * A block without answers in one of the two arms says nothing about the difference. A block with one unit (or
 * cluster) in an arm has an effect and no variance of its own: it is pooled with its like (Pashley and Miratrix
 * 2021), which takes at least two of them, none with half of their units or more; otherwise they are left out too.
 * What is left out is said: the effect is then that of the other blocks.
 */
export function poolSmallBlocks(comparison: Comparison): Comparison {
  const counts = countAssigned(comparison);
  const sizes = countUnits(comparison.block!);
  const codes = [...sizes.keys()].filter((code) => sizes[code]! > 0);
  const smaller = (code: number) => Math.min(counts[0]![code]!, counts[1]![code]!);
  const empty = codes.filter((code) => smaller(code) === 0);
  const small = codes.filter((code) => smaller(code) === 1);
  const units = small.reduce((total, code) => total + sizes[code]!, 0);
  const equal = small.every((code) => sizes[code] === sizes[small[0]!]);
  const poolable = small.length > 1 && (equal || small.every((code) => sizes[code]! < units / 2));
  const onlySmall = small.length + empty.length === codes.length;
  const left = [...empty, ...(poolable || onlySmall ? [] : small)];
  if (left.length === 0) return comparison;
  return leaveOut(comparison, left);
}

/** For each arm and block, its units, or its clusters. */
function countAssigned({ treated, block, cluster }: Comparison): readonly [Int32Array, Int32Array] {
  const counts = [new Int32Array(block!.labels.length), new Int32Array(block!.labels.length)] as const;
  const seen = new Set<number>();
  for (let i = 0; i < treated.length; i++) {
    if (cluster !== null) {
      if (seen.has(cluster.codes[i]!)) continue;
      seen.add(cluster.codes[i]!);
    }
    counts[treated[i]! as 0 | 1][block!.codes[i]!]!++;
  }
  return counts;
}

function countUnits({ codes, labels }: Labelled): Int32Array {
  const sizes = new Int32Array(labels.length);
  for (let i = 0; i < codes.length; i++) sizes[codes[i]!]!++;
  return sizes;
}

function leaveOut(comparison: Comparison, left: readonly number[]): Comparison {
  const { block, cluster, weight, outcome, treated, persona, notes } = comparison;
  const rows = [...outcome.keys()].filter((i) => !left.includes(block!.codes[i]!));
  const labelled = (column: Labelled | null) =>
    column === null ? null : { codes: Int32Array.from(rows, (i) => column.codes[i]!), labels: column.labels };
  const names = left.map((code) => block!.labels[code]!);
  const listed = names.length > 5 ? `${names.slice(0, 5).join(", ")}, …` : names.join(", ");
  return {
    ...comparison,
    outcome: Float64Array.from(rows, (i) => outcome[i]!),
    treated: Uint8Array.from(rows, (i) => treated[i]!),
    persona: persona === null ? null : Int32Array.from(rows, (i) => persona[i]!),
    block: labelled(block),
    cluster: labelled(cluster),
    weight: weight === null ? null : Float64Array.from(rows, (i) => weight[i]!),
    notes: [
      ...notes,
      `left out: ${left.length} of ${
        new Set(block!.codes).size
      } blocks with too few answers in an arm (${listed}), ` +
      `${outcome.length - rows.length} units; { blocks: [] } compares all units without blocks`,
    ],
  };
}
