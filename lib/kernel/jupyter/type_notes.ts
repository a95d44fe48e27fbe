import type { MimeBundle } from "../../core/mod.ts";
import type { TypeNote } from "./language_server.ts";

/** What types refuse and a notebook does all the same, or what running it says better. */
const usual = [
  // A name or a module that is not there: running says so, and where it does not, something declared it.
  /^TS(2304|2307|2318|2503) /,
  // Assigning again what was declared constant, or reading what may not be assigned yet.
  /^TS(2454|2588) /,
  // Values that may be missing, and values, parameters and members of which no type is known.
  /^TS(2531|2532|2533|2571|1804[6789]|70\d\d) /,
  /^TS2339 .*on type '(object|unknown|\{\})'/,
];

const [mostNotes, mostCharacters] = [3, 300];

// JupyterLab and Jupyter Notebook show the first as they show errors; others show the plain text.
const noteKinds = ["application/vnd.jupyter.stderr", "text/plain"];

type NoteOutput = { data: MimeBundle; metadata: MimeBundle };

/** Writes what is shown of a cell's errors of types: short, each once, without what is usual; `null` where none is left. */
export function writeTypeNotes(notes: readonly TypeNote[]): NoteOutput | null {
  const lines = new Map<string, number>();
  for (const { code, message, line } of notes) {
    const said = message.replace(/\s+/g, " ").slice(0, mostCharacters);
    if (usual.some((kind) => kind.test(`${code} ${said}`))) continue;
    if (!lines.has(`${said} (${code})`)) lines.set(`${said} (${code})`, line);
  }
  if (lines.size === 0) return null;
  const shown = [...lines].slice(0, mostNotes).map(([said, line]) => `Types, line ${line}: ${said}`);
  if (lines.size > mostNotes) shown.push(`and ${lines.size - mostNotes} more`);
  const data = Object.fromEntries(noteKinds.map((kind) => [kind, shown.join("\n")]));
  return { data, metadata: { understudy: "types" } };
}

/** Whether an output of a saved notebook is such a note and shows nothing else. */
export function isTypeNote(output: object): boolean {
  const { data, metadata }: Partial<NoteOutput> = output;
  return metadata?.understudy === "types" && Object.entries(data ?? {}).every(([kind, text]) => {
    const lines = [text].flat().join("").split("\n");
    return noteKinds.includes(kind) && lines.every((line) => /^(Types, line \d+: |and \d+ more$)/.test(line));
  });
}
