import { checkText } from "../../core/checks.ts";
import type { Design } from "../../core/experiment.ts";
import type { Call } from "../../core/respondent.ts";
import type { Table } from "../../core/table.ts";
import { askForList, textOf, textsOf } from "./ask_for_list.ts";
import { askedName, type ControlCandidate, type ControlLimits, judgeProposal } from "./control_rules.ts";
import { gatherNames, mostFrequent, noteUnusable } from "./elicited_names.ts";
import { checkHidden } from "./hidden_treatments.ts";

/** Whom to ask for controls, about whom, and how often. */
export interface Proposing {
  readonly personas?: Table;
  readonly call?: Call;
  readonly setting?: string;
  readonly replicates?: number;
  readonly seed?: number;
}

/** Asks a model for controls, without any treatment; none where there is none to call. */
export async function proposeControls(
  action: string,
  design: Design,
  { personas, call, setting, replicates = 5, seed = 0 }: Proposing,
  limits: ControlLimits,
): Promise<{ proposals: ControlCandidate[]; note: string }> {
  if (call === undefined) return { proposals: [], note: "" };
  const text = questionOf(action, setting, limits.stated);
  checkHidden(action, text, design.treatments);
  const properties = { name: "text", question: "text", options: "texts", why: "text" } as const;
  const question = { text, schema: "elicited_controls", list: "controls", properties };
  const { lists, note } = await askForList(action, call, question, { replicates, seed });
  const taken = personas === undefined ? [] : personas.columnNames().map((column) => column.toLowerCase());
  const proposals = gatherNames(lists).map(({ name: named, entries, share }) => {
    const [first] = entries;
    // What has the name of an attribute, or of any column of the personas, can be no item.
    const stands = limits.stated.includes(named) || !taken.includes(named.toLowerCase());
    const name = stands ? named : askedName(named);
    const options = mostFrequent(entries.map((entry) => textsOf(entry, "options")));
    const said = { question: textOf(first!, "question"), why: textOf(first!, "why") };
    return judgeProposal({ name, options, share, ...said }, limits);
  });
  return { proposals, note: [note, noteUnusable(lists)].filter((part) => part !== "").join("; ") };
}

function questionOf(action: string, setting: string | undefined, stated: readonly string[]): string {
  if (setting !== undefined) checkText(action, "setting", setting);
  return [
    ...(setting === undefined ? [] : [`Think of people in this setting: ${setting}`]),
    "A survey is to ask each person about things that nothing they read or hear today can change: what they did in the " +
    "past, where they come from, what has long been so. People should differ in their answers. Name up to ten such " +
    "questions. Give each a short name, its wording, its two to seven possible answers, and a sentence on why it cannot " +
    "change.",
    ...(stated.length === 0 ? [] : [`Leave out what is known of each person already: ${stated.join(", ")}.`]),
    'Answer with a JSON object: {"controls": [{"name": …, "question": …, "options": […, …], "why": …}, …]}.',
  ].join("\n\n");
}
