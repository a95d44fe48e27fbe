import { escapeHtml } from "../core/mod.ts";
import type { DisplayOutput, NotebookOutput } from "./notebook.ts";
import type { PageMarkdown } from "./page_markdown.ts";

/** Renders one output of a code cell as HTML. */
export function outputHtml(output: NotebookOutput, markdown: PageMarkdown): string {
  if (output.output_type === "stream") return plainText(output.text, output.name);
  if (output.output_type === "error") {
    const stack = output.traceback.length > 0 ? output.traceback.join("\n") : "";
    const title = `<p><strong>${escapeHtml(output.ename)}</strong>: ${escapeHtml(output.evalue)}</p>`;
    return `<div class="error">${title}${stack === "" ? "" : plainText(stack)}</div>`;
  }
  return displayHtml(output, markdown);
}

// The richest form that stands by itself on a page; the one a notebook would choose too.
function displayHtml({ data }: DisplayOutput, markdown: PageMarkdown): string {
  const text = (mimeType: string) =>
    typeof data[mimeType] === "string" ? data[mimeType] as string : undefined;
  const plain = text("text/plain") ?? "";
  const html = text("text/html") ?? text("image/svg+xml");
  if (html !== undefined) return html;
  for (const mimeType of ["image/png", "image/jpeg", "image/gif"]) {
    const picture = text(mimeType)?.replace(/\s/g, "");
    if (picture === undefined) continue;
    return `<img src="data:${mimeType};base64,${escapeHtml(picture)}" alt="${escapeHtml(plain)}">`;
  }
  const prose = text("text/markdown");
  if (prose !== undefined) return markdown.output(prose);
  if (plain !== "") return plainText(plain);
  const other = Object.keys(data);
  return other.length === 0 ? "" : plainText(JSON.stringify(data[other[0]!], null, 2));
}

function plainText(text: string, stream = ""): string {
  const printed = overwritten(withoutColours(text)).trimEnd();
  if (printed === "") return "";
  return `<pre tabindex="0"${stream === "stderr" ? ' class="stderr"' : ""}>${escapeHtml(printed)}</pre>`;
}

// ECMA-48 control sequences, and operating system commands such as links.
function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return text.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "");
}

// A carriage return goes back to the start of the line, and what follows is written over it.
function overwritten(text: string): string {
  return text.split("\n").map((line) => line.replace(/\r$/, "").replace(/^[\s\S]*\r/, "")).join("\n");
}
