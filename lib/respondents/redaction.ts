/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** What stands in a text where a secret was. */
const redacted = "[redacted]";

// From this length on no word is meant by a secret's letters; shorter ones are cut out as whole words alone.
const longSecret = 12;

/**
 * Makes a function that takes every secret out of a text: as it is, percent-encoded, as JSON, HTML or base64 write it.
 *
 * Out of replies, which are data, only what must be a secret: at least twelve characters, or eight with a letter and a
 * digit. Out of messages also shorter ones, from four characters on, and the
 * beginning of a secret that an endpoint quotes ("sk-proj-…").
 */
export function redactor(secrets: readonly string[], from: "replies" | "messages"): Redact {
  const hidden = [...new Set(secrets)].filter((secret) =>
    secret.length >= longSecret ||
    secret.length >= 8 && /\d/.test(secret) && /[a-z]/i.test(secret) ||
    from === "messages" && secret.length >= 4
  ).sort((a, b) => b.length - a.length);
  if (hidden.length === 0) return (text) => text;
  const pattern = new RegExp(hidden.flatMap(spellings).join("|"), "gu");
  const whole: Redact = (text) => text.replace(pattern, redacted);
  const long = hidden.filter((secret) => secret.length >= longSecret);
  return from === "replies" ? whole : (text) => long.reduce(withoutBeginning, whole(text));
}

/** The patterns of the ways in which a secret is written. */
function spellings(secret: string): string[] {
  const spelled = [...secret].map(spellCharacter).join("");
  if (secret.length < longSecret) return [`(?<![A-Za-z0-9])${spelled}(?![A-Za-z0-9])`];
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret));
  // In base64 a text has three forms, by its place in what is encoded: user:password, for instance.
  const encoded = [0, 1, 2].map((before) =>
    btoa("\0".repeat(before) + bytes)
      .slice(Math.ceil(4 * before / 3), Math.floor(4 * (before + bytes.length) / 3))
      .replace(/[+/]/g, (sign) => sign === "+" ? "[+-]" : "[/_]")
  );
  return [spelled, ...encoded];
}

const names = new Map([["&", "amp"], ["<", "lt"], [">", "gt"], ['"', "quot"], ["'", "apos"]]);

/** The pattern of a character as it is, or as URLs, JSON and HTML escape it. */
function spellCharacter(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const code = character.codePointAt(0)!;
  const anyCase = (digits: string) => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const hex = code.toString(16);
  const bytes = [...new TextEncoder().encode(character)].map((byte) => byte.toString(16).padStart(2, "0"));
  const name = names.get(character);
  const ways = [
    `\\\\{0,3}\\u{${hex}}`,
    bytes.map((byte) => `%(?:25)?${anyCase(byte)}`).join(""),
    `\\\\u0{0,3}${anyCase(hex)}`,
    `&#(?:[xX]0{0,4}${anyCase(hex)}|0{0,4}${code});`,
    ...(name === undefined ? [] : [`&${name};`]),
  ];
  return `(?:${ways.join("|")})`;
}

// An endpoint may quote only the beginning of a key: of this length before an ellipsis or stars, else of a long one.
const shortestBeginning = 8;

function withoutBeginning(text: string, secret: string): string {
  const start = secret.slice(0, shortestBeginning);
  const parts: string[] = [];
  let copied = 0;
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at)) {
    const begun = at;
    for (at += start.length; at - begun < secret.length && text[at] === secret[at - begun];) at++;
    if (at - begun < longSecret && !/^(?:\.\.|\u2026|\*|$)/.test(text.slice(at, at + 2))) continue;
    parts.push(text.slice(copied, begun), redacted);
    copied = at;
  }
  return parts.join("") + text.slice(copied);
}
