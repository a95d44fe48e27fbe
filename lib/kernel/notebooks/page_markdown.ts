import { escapeHtml } from "../../core/mod.ts";
import type { HtmlCleaner } from "./clean_html.ts";
import type { NotebookCell } from "./ipynb.ts";
import { decodeHTML } from "entities";
import type { MarkedExtension, TokenizerAndRendererExtension } from "marked";

/** Renders the parts of a page that are Markdown or code; what comes out is harmless. */
export interface PageMarkdown {
  /** Renders Markdown, its formulas typeset. */
  prose(markdown: string, attachments?: Attachments): string;
  /** Colours code; unknown languages stay plain. */
  code(text: string, language: string): string;
}

type Attachments = NonNullable<NotebookCell["attachments"]>;

/** Longer texts are no prose, and no code that anybody reads: they stay as they are. */
const longest = 200_000;

/** Formulas may be anybody's: KaTeX trusts none; no endless macros, no letters as high as the page. */
const formulaRules = { output: "mathml", strict: "ignore", maxExpand: 100, maxSize: 10 } as const;

/** Loads the packages that render Markdown and formulas and colour code: only who publishes a notebook needs them. */
export async function loadPageMarkdown(clean: HtmlCleaner): Promise<PageMarkdown> {
  const [{ Marked }, { default: katex }, { default: highlighter }, { default: typescript }] = await Promise
    .all([
      import("marked"),
      import("katex"),
      import("highlight.js/lib/core"),
      import("highlight.js/lib/languages/typescript"),
    ]);
  highlighter.registerLanguage("typescript", typescript);
  const code = (text: string, language: string) =>
    highlighter.getLanguage(language) && text.length < longest
      ? highlighter.highlight(text, { language }).value
      : escapeHtml(text);
  const typeset = (_: string, display: string | undefined, text: string) => {
    const formula = decodeHTML(text);
    try {
      return katex.renderToString(formula, { ...formulaRules, displayMode: display !== undefined });
    } catch {
      return `<code>${escapeHtml(formula)}</code>`;
    }
  };
  const prose = (markdown: string, attachments: Attachments = {}) => {
    const renderer: MarkedExtension["renderer"] = {
      code: ({ text, lang = "" }) =>
        `<pre tabindex="0"><code>${code(text, lang.split(/\s/)[0]!)}</code></pre>\n`,
      image: ({ href, text }) => {
        const source = attachedPicture(href, attachments);
        // A picture from elsewhere would be a request.
        if (!source.startsWith("data:")) return escapeHtml(text);
        return `<img src="${escapeHtml(source)}" alt="${escapeHtml(text)}">`;
      },
    };
    const html = new Marked({ extensions: formulas, renderer, hooks }).parse(markdown) as string;
    return clean(html).replace(/<code class="math( display)?">([^<]*)<\/code>/g, typeset);
  };
  return {
    code,
    prose: (markdown, attachments) => {
      try {
        if (markdown.length < longest) return prose(markdown, attachments);
      } catch {
        // What is nested so deeply that it cannot be rendered is shown as it stands.
      }
      return `<pre tabindex="0">${escapeHtml(markdown)}</pre>`;
    },
  };
}

// A cell names its own pictures as attachment:name.
function attachedPicture(href: string, attachments: Attachments): string {
  if (!href.startsWith("attachment:")) return href;
  const [type, data] = Object.entries(attachments[decodeURIComponent(href.slice(11))] ?? {})[0] ?? [];
  return type === undefined ? href : `data:${type};base64,${String(data).replace(/\s/g, "")}`;
}

// As Pandoc reads them: no space inside the dollars, no letter or digit after them. "$5 and $10" are prices, so is "$5 a day".
const shown =
  /^ {0,3}(?:\$\$(?<formula>(?:[^$\\]|\\[^]){1,5000})\$\$|(?<block>\\begin\{(?<name>(?:align|equation|gather)\*?)\}[^]{1,5000}?\\end\{\k<name>\}))/;
const inline =
  /^\$(?![\s$]|\d[\d.,]*\s+[A-Za-z]{2})(?<formula>(?:[^$\\\n]|\\.|\n(?!\s*\n)){1,500})(?<!\s)\$(?![\w$])/;

const formulas: TokenizerAndRendererExtension[] = (["block", "inline"] as const).map((level) => ({
  name: `${level}Formula`,
  level,
  ...(level === "inline" ? { start: (source: string) => source.indexOf("$") } : {}),
  tokenizer: (source) => {
    const display = shown.exec(source);
    const match = display ?? (level === "inline" ? inline.exec(source) : null);
    if (match === null) return undefined;
    const { formula, block } = match.groups!;
    return { type: `${level}Formula`, raw: match[0], text: formula ?? block, display: display !== null };
  },
  // An element that any text may hold, so that typesetting needs no trust in what is around it.
  renderer: ({ text, display }) =>
    `<code class="math${display ? " display" : ""}">${escapeHtml(text)}</code>`,
}));

// Stars and underscores of a formula emphasise nothing.
const everywhere = new RegExp(inline.source.slice(1), "g");
const hooks = {
  emStrongMask: (text: string) => text.replace(everywhere, ({ length }) => "x".repeat(length)),
};
