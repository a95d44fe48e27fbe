/** Where the value of a property stands in a JSON object's text, without its quotation marks. */
export function valuePlace(
  text: string,
  property: string,
): { readonly start: number; readonly end: number } | undefined {
  const name = JSON.stringify(property);
  const at = text.indexOf(name);
  const gap = at < 0 ? null : /^\s*:\s*/.exec(text.slice(at + name.length));
  if (gap === null) return undefined;
  const start = at + name.length + gap[0].length;
  const value = /^(?:"((?:[^"\\]|\\.)*)"|[^\s,}"]+)/.exec(text.slice(start));
  if (value === null) return undefined;
  if (value[1] === undefined) return { start, end: start + value[0].length };
  return { start: start + 1, end: start + 1 + value[1].length };
}
