import { escapeHtml, toolkitVersion } from "../core/mod.ts";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/**
 * Puts a self-contained page together, of HTML that is safe already. Its policy lets it load nothing, send nothing and run
 * nothing but its one script, which the browser knows by its hash.
 */
export function composePage(
  parts: { title: string; body: string; style: string; script?: string },
): string {
  const { title, body, style, script = "" } = parts;
  const hash = createHash("sha256").update(script).digest("base64");
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'" +
    (script === "" ? "" : `; script-src 'sha256-${hash}'`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Understudy ${toolkitVersion}">
<title>${title}</title>
<style>${pageStyle}${style}</style>
</head>
<body>
<main>
${body}
</main>
${script === "" ? "" : `<script>${script}</script>\n`}</body>
</html>
`;
}

/** Links to the parts of a page, from HTML; nothing where there are few. */
export function contentsHtml(entries: readonly { readonly id: string; readonly title: string }[]): string {
  if (entries.length < 3) return "";
  const items = entries.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`);
  return `<nav aria-label="Contents"><ol>${items.join("")}</ol></nav>`;
}

/** A drawing as a picture, in which nothing runs or loads; where it does not say what it shows, what is said about it. */
export function pictureOfSvg(svg: string, about: string): string {
  const own = /^<svg[^>]*>\s*<title>([^<]*)<\/title>(?:\s*<desc>([^<]*)<)?/i.exec(svg) ?? [];
  const told = own.slice(1).filter(Boolean).join(" ").trim().replaceAll('"', "&quot;");
  const named = /^[^>]*\sxmlns=/.test(svg)
    ? svg
    : svg.replace(/^<svg/i, '$& xmlns="http://www.w3.org/2000/svg"');
  const source = `data:image/svg+xml;base64,${Buffer.from(named).toString("base64")}`;
  return `<img src="${source}" alt="${told || escapeHtml(about)}">`;
}

/** A journal's supplement: on light and dark screens, narrow and wide, and on paper. */
const pageStyle = `
:root {
  color-scheme: light dark; --page: light-dark(#ffffff, #16181b); --ink: light-dark(#1b1d20, #e4e6e9);
  --quiet: light-dark(#595f67, #a3a9b1); --rule: light-dark(#d9dce0, #373b41);
  --link: light-dark(#005a8c, #7cc0ee); --code: light-dark(#f5f6f7, #1f2327);
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
}
main { max-width: 47rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; overflow-wrap: break-word; }
h1, h2, h3, h4, nav, figcaption, summary, footer { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; }
h1, h2, h3, h4 { line-height: 1.3; margin: 2em 0 .6em; text-wrap: balance; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
p { margin: 0 0 1rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav { font-size: .9375rem; margin: 2rem 0 0; }
nav ol { margin: 0; padding-left: 1.5em; columns: 2 15rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding: .1em 0; }
img { max-width: 100%; height: auto; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .8125rem; color: var(--quiet); }
@media screen and (prefers-color-scheme: dark) { img { filter: brightness(.93); } }
@media print {
  :root { color-scheme: light; --page: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --link: #000; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, img, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  table { font-size: 7.5pt; white-space: normal !important; }
  td { min-width: 0 !important; }
  [role=region] { max-height: none !important; overflow: visible !important; }
}
`;
