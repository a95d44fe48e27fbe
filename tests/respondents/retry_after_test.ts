import { assertEquals } from "@std/assert";
import { limitsOf, retryAfter } from "../../lib/respondents/retry_after.ts";

const wait = (headers: { [name: string]: string }) => retryAfter(new Headers(headers));

Deno.test("retryAfter(headers) reads seconds, milliseconds and dates", () => {
  assertEquals(wait({ "retry-after": "90" }), 90_000);
  assertEquals(wait({ "retry-after": "0.25" }), 250);
  assertEquals(wait({ "retry-after": "90", "retry-after-ms": "150.2" }), 151);
  const clock = { date: "Fri, 20 Nov 2026 10:00:00 GMT" };
  assertEquals(wait({ ...clock, "retry-after": "Fri, 20 Nov 2026 10:00:05 GMT" }), 5000);
  assertEquals(wait({ ...clock, "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT" }), 0);
  assertEquals(wait({ "retry-after": "Mon, 01 Jan 2001 00:00:00 GMT" }), 0);
});

Deno.test("retryAfter(headers) reads the reset of the limit that is used up", () => {
  const reset = (requests: string, tokens: string) => ({
    "x-ratelimit-reset-requests": requests,
    "x-ratelimit-reset-tokens": tokens,
  });
  const left = (requests: number, tokens: number) => ({
    "x-ratelimit-remaining-requests": `${requests}`,
    "x-ratelimit-remaining-tokens": `${tokens}`,
  });
  assertEquals(wait({ ...reset("1s", "6m0s"), ...left(0, 500) }), 1000);
  assertEquals(wait({ ...reset("1s", "6m0s"), ...left(12, 0) }), 360_000);
  assertEquals(wait({ ...reset("120ms", "1h2m3.5s"), ...left(0, 0) }), 3_723_500);
  assertEquals(wait(reset("8.64s", "20ms")), 8640);
  assertEquals(wait({ ...reset("1s", "1s"), ...left(3, 5) }), undefined);
  assertEquals(wait({ ...reset("1s", "1s"), "retry-after": "4" }), 4000);
});

Deno.test("retryAfter(headers) reads a reset as a date, or as seconds or milliseconds since 1970", () => {
  const clock = { date: "Fri, 20 Nov 2026 10:00:00 GMT" };
  const start = Date.parse(clock.date);
  for (const name of ["retry-after", "x-ratelimit-reset-requests", "x-ratelimit-reset", "ratelimit-reset"]) {
    assertEquals(wait({ ...clock, [name]: String(start / 1000 + 7) }), 7000);
    assertEquals(wait({ ...clock, [name]: String(start + 7500) }), 7500);
    assertEquals(wait({ ...clock, [name]: "2026-11-20T10:00:07Z" }), 7000);
  }
});

Deno.test("limitsOf(headers) reads what is left, under every name, and when there is more of what is used up", () => {
  const limits = (headers: { [name: string]: string }) => limitsOf(new Headers(headers));
  assertEquals(limits({ "content-type": "application/json" }), undefined);
  assertEquals(limits({ "x-ratelimit-remaining": "12", "x-ratelimit-reset": "3" }), {
    remainingRequests: 12,
    resetMs: 3000,
  });
  const both = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-remaining-tokens": "40000" };
  assertEquals(
    limits({ ...both, "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s" }),
    { remainingRequests: 0, remainingTokens: 40_000, resetMs: 1000 },
  );
  assertEquals(limits({ "anthropic-ratelimit-tokens-remaining": "5" }), { remainingTokens: 5 });
  assertEquals(limits({ "x-ratelimit-remaining-requests": "many" }), undefined);
});

Deno.test("retryAfter(headers) believes no nonsense", () => {
  for (const text of ["", "soon", "-5", "1e9", "NaN", "20000000", "-1h", "9".repeat(99)]) {
    assertEquals(wait({ "retry-after": text }), undefined);
  }
  assertEquals(wait({ "x-ratelimit-reset-requests": "5 parsecs" }), undefined);
  assertEquals(wait({}), undefined);
});
