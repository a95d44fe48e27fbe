import { redactor } from "../../lib/respondents/redaction.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeHtml } from "@understudy/understudy/core";

const key = `sk-lab/oratory+12"34&5=`;
const inMessages = redactor([key, "hunter2", "p4ssw0rd"], "messages");
const inReplies = redactor([key, "hunter2", "p4ssw0rd"], "replies");

Deno.test("redactor(secrets) takes out a secret in every form in which it comes back", () => {
  const base64 = btoa(key);
  const forms = [
    key,
    encodeURIComponent(key),
    encodeURIComponent(key).toLowerCase(),
    encodeURIComponent(encodeURIComponent(key)),
    JSON.stringify(key).slice(1, -1),
    JSON.stringify(key).slice(1, -1).replaceAll("/", "\\/"),
    JSON.stringify(JSON.stringify(key)).slice(3, -3),
    `sk-lab/oratory+12\\u002234\\u00265=`,
    `sk-lab/oratory+12&quot;34&amp;5=`,
    `sk-lab&#x2F;oratory+12&#34;34&#38;5&#x3D;`,
    base64.replace(/=*$/, ""),
    base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=*$/, ""),
  ];
  for (const form of forms) {
    for (const redact of [inMessages, inReplies]) {
      const text = redact(`before ${form} after`);
      assert(/^before \[redacted\].{0,2} after$/.test(text), text);
    }
  }
  // Within what is encoded as a whole, at each of the three places that base64 has.
  for (const user of ["", "a", "ab", "ann"]) {
    const text = inReplies(`Basic ${btoa(`${user}:${key}!`)}`);
    assert(/^Basic .{0,6}\[redacted\].{0,4}$/.test(text), text);
  }
});

Deno.test("redactor(secrets) leaves ordinary words of an answer as they are", () => {
  const azure = redactor(["2024-05-01-preview"], "replies");
  assertEquals(azure("since 2024-05-02, not 2024-05-01"), "since 2024-05-02, not 2024-05-01");
  assertEquals(inReplies("the sk-lab... of hunter2, my p4ssw0rds"), "the sk-lab... of hunter2, my p4ssw0rds");
  assertEquals(inReplies("my p4ssw0rd."), "my [redacted].");
  assertEquals(redactor(["none", "password", "lm-studio"], "replies")("none, password"), "none, password");
  assertEquals(redactor(["none"], "messages")("none of nonesuch"), "[redacted] of nonesuch");
  assertEquals(redactor([""], "messages")("any"), "any");
});

Deno.test("redactor(secrets) takes the quoted beginning of a key out of messages", () => {
  const redact = redactor(["sk-laboratory-1234"], "messages");
  assertEquals(redact("key sk-labora...; sk-laborat*****34"), "key [redacted]...; [redacted]*****34");
  assertEquals(redact("sk-laborsk-laboratory"), "sk-labor[redacted]");
  assertEquals(redact("ends in sk-labor"), "ends in [redacted]");
  assertEquals(redact("sk-labor day"), "sk-labor day");
});

Deno.test("redactor(secrets) takes time that grows with the text alone", () => {
  const secret = "sk-laboratory-1234";
  for (const from of ["messages", "replies"] as const) {
    for (
      const piece of ["sk-labor", "sk-laboratory-123", btoa(secret).slice(0, 20), "%2525", "&#x0000", "\\\\"]
    ) {
      const text = piece.repeat(Math.ceil(3_000_000 / piece.length));
      assert(redactor([secret, key], from)(text).length > 0);
    }
  }
});

Deno.test("redactor(any key) leaves it in no text, however it is written and whatever stands around it", () => {
  const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));
  const secrets = fc.string({ unit: fc.constantFrom(...printable), minLength: 12, maxLength: 60 });
  const forms = [
    (text: string) => text,
    encodeURIComponent,
    (text: string) => JSON.stringify(text).slice(1, -1),
    escapeHtml,
    (text: string) => JSON.stringify(escapeHtml(text)).slice(1, -1),
  ];
  fc.assert(
    fc.property(
      secrets,
      fc.string(),
      fc.string(),
      fc.constantFrom(...forms),
      (secret, before, after, form) => {
        for (const from of ["messages", "replies"] as const) {
          const text = redactor([secret], from)(`${before} ${form(secret)} ${after}`);
          assert(!text.includes(form(secret)), text);
          assert(text.startsWith(before) && text.endsWith(after), text);
        }
      },
    ),
    { seed: 1, numRuns: 150 },
  );
});
