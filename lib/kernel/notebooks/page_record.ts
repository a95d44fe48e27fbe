import { escapeHtml, toolkitVersion } from "../../core/mod.ts";
import type { Notebook } from "./ipynb.ts";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** A file that a page carries. */
export interface PageFile {
  /** What it is called when a reader saves it. */
  readonly name: string;
  /** What it holds. */
  readonly bytes: Uint8Array;
}

/** Bytes of files that a page carries; some browsers save no longer addresses. */
const most = 20_000_000;

/** What a reader can check a page by, and what they can take with them. */
export function recordHtml(notebook: Notebook, files: readonly PageFile[]): string {
  const facts = [
    ["Kernel", kernelOf(notebook)],
    ["Published with", `Understudy ${toolkitVersion}`],
  ].filter(([, fact]) => fact !== "").map(([name, fact]) => `<dt>${name}</dt><dd>${escapeHtml(fact)}</dd>`);
  let room = most;
  const items = files.map(({ name: own, bytes }) => {
    const [name, hash] = [escapeHtml(own), createHash("sha256").update(bytes).digest("hex")];
    const size = `${sizeOf(bytes.length)}, SHA-256 <code>${hash}</code>`;
    if (bytes.length > room) {
      return `<li>${name}: left out, a page carries ${sizeOf(most)} of files (${size})</li>`;
    }
    room -= bytes.length;
    const source = `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
    return `<li><a download="${name}" href="${source}">${name}</a> (${size})</li>`;
  });
  return `<footer>
<h2 id="about-this-page">About this page</h2>
<dl>${facts.join("\n")}</dl>
<p>To save; the page itself loads nothing:</p>
<ul>${items.join("\n")}</ul>
</footer>`;
}

const sizeOf = (bytes: number) =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function kernelOf({ metadata }: Notebook): string {
  const [kernel, language] = ["kernelspec", "language_info"].map((name) => Object(metadata[name]));
  return [kernel.display_name, language.name, language.version].filter(Boolean).join(", ");
}
