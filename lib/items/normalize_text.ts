/** Folds what does not change an answer's meaning: width, case, quotes, white space, a closing stop. */
export function normalizeText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^["'`*_]+|["'`*_]+$/g, "")
    .replace(/[.!]+$/, "")
    .trim();
}
