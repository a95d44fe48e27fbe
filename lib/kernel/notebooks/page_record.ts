import { escapeHtml, toolkitVersion } from "../../core/mod.ts";
import type { Notebook, NotebookCell } from "./ipynb.ts";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** A file that a page carries. */
export interface PageFile {
  /** What it is called when a reader saves it. */
  readonly name: string;
  /** What it holds. */
  readonly bytes: Uint8Array;
}

/** The files that a page has room for, in their order; the others stay out whole. */
export function filesWithin(maximumBytes: number, files: readonly PageFile[]): PageFile[] {
  let left = maximumBytes;
  return files.filter(({ bytes }) => {
    if (bytes.length > left) return false;
    left -= bytes.length;
    return true;
  });
}

/** What a reader can check a page by, and what they can take with them. */
export function recordHtml(notebook: Notebook, files: readonly PageFile[], maximumBytes: number): string {
  const facts = [
    ["Kernel", kernelOf(notebook)],
    ["Run", lastRunOf(notebook)],
    ...notebook.cells.flatMap(answersOf).map((counts) => ["Synthetic answers", counts]),
    ["Published with", `Understudy ${toolkitVersion}`],
  ].filter(([, fact]) => fact !== "").map(([name, fact]) => `<dt>${name}</dt><dd>${escapeHtml(fact)}</dd>`);
  const carried = new Set(filesWithin(maximumBytes, files));
  const items = files.map((file) => {
    const name = escapeHtml(file.name);
    const hash = createHash("sha256").update(file.bytes).digest("hex");
    const size = `${sizeOf(file.bytes.length)}, SHA-256 <code>${hash}</code>`;
    if (!carried.has(file)) {
      return `<li>${name}: left out, a page carries ${sizeOf(maximumBytes)} of files (${size})</li>`;
    }
    const source = `data:application/octet-stream;base64,${Buffer.from(file.bytes).toString("base64")}`;
    return `<li><a download="${name}" href="${source}">${name}</a> (${size})</li>`;
  });
  return `<footer>
<h2 id="about-this-page">About this page</h2>
<dl>${facts.join("\n")}</dl>
<p>To save; the page itself loads nothing:</p>
<ul>${items.join("\n")}</ul>
</footer>`;
}

function sizeOf(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function kernelOf({ metadata }: Notebook): string {
  const { kernelspec, language_info } = metadata as {
    [name: string]: { [name: string]: unknown } | undefined;
  };
  const language = [language_info?.name, language_info?.version].filter(Boolean).join(" ");
  return [kernelspec?.display_name, language].filter(Boolean).join(", ");
}

// Jupyter notes the times of a cell where it is told to.
function lastRunOf({ cells }: Notebook): string {
  const times = cells.flatMap(({ metadata }) => Object.values(Object(metadata?.execution)).map(String));
  return times.filter((time) => /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)$/.test(time)).sort().at(-1) ?? "";
}

// A table of provenance says as text how many answers there are, in all and by status, and of which model.
function answersOf({ outputs = [] }: NotebookCell): string[] {
  return outputs.flatMap((output) => {
    const text = "data" in output ? String(output.data["text/plain"]) : "";
    if (!text.includes("| what | value |")) return [];
    const rows = [...text.matchAll(/^\| (answers|answers, [^|]*|model that answered) \| ([^|]*) \|$/gm)];
    const told = rows.map(([, what, value]) => `${what!.replace("answers, ", "")} ${value}`).join("; ");
    return told === "" ? [] : [told.replaceAll("\\", "")];
  });
}
