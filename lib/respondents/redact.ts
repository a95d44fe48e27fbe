/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** What stands in a text where a secret was. */
const redacted = "[redacted]";

/**
 * Makes a function that takes every secret out of a text, also where it was percent-encoded.
 *
 * Secrets shorter than `shortest` are left: the keys of local servers are often words such as `none`, and a word
 * that everybody may know must not be cut out of texts.
 */
export function redactor(secrets: readonly string[], shortest: number): Redact {
  const hidden = secrets.filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const whole = hidden.reduce((rest, secret) => rest.replaceAll(secret, redacted), text);
    return hidden.reduce(withoutBeginning, whole);
  };
}

// An endpoint may quote only the beginning of a key; from this length on that is a secret too.
const shortestPrefix = 8;

function withoutBeginning(text: string, secret: string): string {
  if (secret.length <= shortestPrefix) return text;
  const beginning = secret.slice(0, shortestPrefix);
  let rest = text;
  for (let at = rest.indexOf(beginning); at >= 0; at = rest.indexOf(beginning, at)) {
    let end = shortestPrefix;
    while (end < secret.length && rest[at + end] === secret[end]) end++;
    rest = `${rest.slice(0, at)}${redacted}${rest.slice(at + end)}`;
    at += redacted.length;
  }
  return rest;
}
