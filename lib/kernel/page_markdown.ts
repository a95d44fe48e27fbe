import type { MarkedExtension } from "marked";
import { escapeHtml } from "../core/mod.ts";

/** Renders the parts of a page that are Markdown or code. */
export interface PageMarkdown {
  /** Renders prose that the author of the notebook wrote; HTML in it is kept. */
  prose(markdown: string, attachments?: Attachments): string;
  /** Renders Markdown that code displayed; HTML in it appears as text, links lead to the web or nowhere. */
  output(markdown: string): string;
  /** Colours code; unknown languages stay plain. */
  code(text: string, language: string): string;
}

/** Pictures of a Markdown cell: name to MIME type to base64. */
export type Attachments = { readonly [name: string]: { readonly [mimeType: string]: unknown } };

/** Loads the packages that render Markdown and colour code: only who publishes a notebook needs them. */
export async function loadPageMarkdown(): Promise<PageMarkdown> {
  const [{ Marked }, { default: highlighter }, ...languages] = await Promise.all([
    import("marked"),
    import("highlight.js/lib/core"),
    import("highlight.js/lib/languages/typescript"),
    import("highlight.js/lib/languages/json"),
    import("highlight.js/lib/languages/bash"),
  ]);
  ["typescript", "json", "bash"].forEach((name, place) =>
    highlighter.registerLanguage(name, languages[place]!.default)
  );
  const code = (text: string, language: string) =>
    highlighter.getLanguage(language) ? highlighter.highlight(text, { language }).value : escapeHtml(text);
  const codeBlocks: MarkedExtension = {
    renderer: {
      code: ({ text, lang }) =>
        `<pre tabindex="0"><code>${code(text, (lang ?? "").split(/\s/)[0]!)}</code></pre>\n`,
    },
  };
  return {
    code,
    prose: (markdown, attachments = {}) =>
      new Marked(codeBlocks, attached(attachments)).parse(markdown) as string,
    output: (markdown) => new Marked(codeBlocks, untrusted).parse(markdown) as string,
  };
}

// A cell names its own pictures as attachment:name.
function attached(attachments: Attachments): MarkedExtension {
  return {
    walkTokens: (token) => {
      if (token.type !== "image" || !token.href.startsWith("attachment:")) return;
      const name = decodeURIComponent(token.href.slice("attachment:".length));
      const picture = Object.entries(attachments[name] ?? {})[0];
      if (picture !== undefined) token.href = `data:${picture[0]};base64,${String(picture[1]).trim()}`;
    },
  };
}

const untrusted: MarkedExtension = {
  renderer: {
    html: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return /^(?:https?:|mailto:|#)/i.test(href) ? `<a href="${escapeHtml(href)}">${text}</a>` : text;
    },
    image: ({ href, text }) =>
      /^data:image\/(?:png|jpeg|gif|webp);/i.test(href)
        ? `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
        : escapeHtml(text),
  },
};
