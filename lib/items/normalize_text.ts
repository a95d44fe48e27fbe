/** Folds what does not change an answer's meaning: width, case, quotes, emphasis, white space, a closing stop. */
export function normalizeText(text: string): string {
  let current = fold(text);
  for (;;) {
    const next = unwrap(current);
    if (next === current || next === "") return current;
    current = next;
  }
}

function fold(text: string): string {
  return text
    // NFKC would join a number and its exponent or fraction: 10² is not 102, 5½ is not 51/2.
    .replace(/(?<=\p{Nd})\p{No}/gu, "^$&")
    .replace(/\p{No}(?=\p{Nd})/gu, "$&^")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u00ad\u200b\u2060\ufeff]/g, "")
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/\s+/g, " ")
    .trim();
}

/** Takes off one layer: paired marks around words, a pair around the whole, stops at the end. */
function unwrap(text: string): string {
  const bare = text
    .replace(/(?<![\p{L}\p{N}])(\*{1,3}|_{1,2}|`{1,3}|")(\S(?:.{0,200}?\S)?)\1(?![\p{L}\p{N}])/gu, "$2")
    .replace(/^'(.+)'$/, "$1");
  let end = bare.length;
  while (end > 0 && ".! ".includes(bare[end - 1]!)) end--;
  return bare.slice(0, end).trim();
}
