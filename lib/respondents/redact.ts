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
  return (text) => hidden.reduce((rest, secret) => rest.replaceAll(secret, redacted), text);
}
