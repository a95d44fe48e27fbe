/** The style sheet of a published notebook: one column, light and dark, no fonts or files from elsewhere. */
export const pageStyle: string = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2024; --quiet: #5b636b; --rule: #d9dde1; --code: #f5f6f7; --link: #0b57a4;
  --bad: #a3140e; --bad-paper: #fdf1f0;
  --keyword: #8a1a6b; --string: #1d6333; --number: #8a4a00; --comment: #5f6871; --name: #0b4f94;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e4e7ea; --quiet: #a1a9b1; --rule: #363b41; --code: #1f2327; --link: #85bdf5;
    --bad: #ff9a92; --bad-paper: #2c1a19;
    --keyword: #e79ad0; --string: #93d5a4; --number: #e8b877; --comment: #98a1aa; --name: #8fc2f7;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 "Charter", "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
}
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .6em; text-wrap: balance; }
h1 { font-size: 1.9rem; margin-top: 0; }
h2 { font-size: 1.4rem; }
h3 { font-size: 1.15rem; }
p, ul, ol, blockquote { margin: 0 0 1em; }
blockquote { padding-left: 1em; border-left: 3px solid var(--rule); color: var(--quiet); margin-left: 0; }
a { color: var(--link); text-underline-offset: .15em; }
hr { border: 0; border-top: 1px solid var(--rule); margin: 2em 0; }
img, svg { max-width: 100%; height: auto; }
pre, code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .875em; background: var(--code); padding: .1em .3em; border-radius: 3px; }
pre { font-size: .8125rem; line-height: 1.5; overflow-x: auto; margin: 0 0 1em; tab-size: 2; }
pre code { font-size: inherit; background: none; padding: 0; }
.prose pre, .source pre { background: var(--code); border-radius: 6px; padding: .8rem 1rem; }
.prose table, .output > table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0 0 1em; }
.prose th, .prose td, .output > table th, .output > table td {
  padding: .25em .9em .25em 0; border-bottom: 1px solid var(--rule); text-align: left;
}
/* Code and wide tables may reach into the right margin where there is one. */
.source, .output { margin-right: calc(-1 * clamp(0px, (100vw - 46rem) / 2 - 1.5rem, 14rem)); }
.source { margin-top: 1.5em; margin-bottom: .75em; }
.source pre { margin: 0; }
summary { cursor: pointer; color: var(--quiet); font: .8125rem/1.6 system-ui, sans-serif; }
details[open] > summary { margin-bottom: .4em; }
.output { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: .9375rem; margin-bottom: 1.25em; overflow-x: auto; }
.output > p:last-child { margin-bottom: 0; }
.output pre { margin: 0; white-space: pre; }
.output pre.stderr { border-left: 3px solid var(--rule); padding-left: .8rem; color: var(--quiet); }
.error { background: var(--bad-paper); border-left: 3px solid var(--bad); padding: .7rem 1rem; }
.error p { margin: 0; color: var(--bad); }
.error pre { margin-top: .5em; color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.hljs-keyword, .hljs-literal, .hljs-built_in { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-addition { color: var(--string); }
.hljs-number, .hljs-symbol { color: var(--number); }
.hljs-comment, .hljs-meta { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-attr, .hljs-property, .hljs-type { color: var(--name); }
.hljs-string .hljs-subst { color: var(--ink); }
@media print { pre { white-space: pre-wrap; } .output, .error, svg, img { break-inside: avoid; } }
`.trim();
