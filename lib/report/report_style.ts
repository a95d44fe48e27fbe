/** The style of a report's page: a journal supplement, on light and dark screens, narrow, wide and on paper. */
export const reportStyle = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1d20; --quiet: #595f67; --rule: #d9dce0; --link: #005a8c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181b; --ink: #e4e6e9; --quiet: #a3a9b1; --rule: #373b41; --link: #7cc0ee; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
}
main { max-width: 47rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1, h2, nav, figcaption, .table, footer { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
p { margin: 0 0 1rem; overflow-wrap: break-word; }
.lead { font-size: 1.15rem; line-height: 1.55; color: var(--quiet); }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav { font-size: .9375rem; margin: 2rem 0 0; }
nav ol { margin: 0; padding-left: 1.5em; columns: 2 15rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding: .1em 0; }
figure { margin: 1.75rem 0; }
figure svg { width: 100%; max-width: 100%; height: auto; display: block; }
figcaption { font-size: .875rem; line-height: 1.5; color: var(--quiet); margin-top: .6rem; overflow-wrap: break-word; }
figcaption b { color: var(--ink); }
.table { font-size: .875rem; margin: 1.75rem 0; }
.table > div > div { max-height: 34rem; overflow-y: auto; }
.table thead th { position: sticky; top: 0; background: var(--page); box-shadow: inset 0 -1.5px 0 currentColor; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .8125rem; color: var(--quiet); }
@media (min-width: 52rem) {
  .table { --wide: min(68rem, 100vw - 5rem); width: max-content; max-width: var(--wide); min-width: 100%; }
  .table { position: relative; left: 50%; transform: translateX(-50%); }
}
@media screen and (prefers-color-scheme: dark) { figure svg { filter: brightness(.93); } }
@media print {
  :root { color-scheme: light; --page: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --link: #000; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .table { position: static; transform: none; width: auto; max-width: none; }
  .table > div > div { max-height: none; overflow: visible !important; }
  .table table { font-size: 7.5pt; white-space: normal !important; }
  .table thead th { position: static; }
}
`;
