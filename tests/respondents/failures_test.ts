import { httpError, HttpFailure, retryAfter } from "../../lib/respondents/failures.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";

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

Deno.test("retryAfter(headers) believes no nonsense", () => {
  for (const text of ["", "soon", "-5", "1e9", "NaN", "1800000000"]) {
    assertEquals(wait({ "retry-after": text }), undefined);
  }
  assertEquals(wait({ "x-ratelimit-reset-requests": "1800000000" }), undefined);
  assertEquals(wait({ "x-ratelimit-reset-requests": "5 parsecs" }), undefined);
  assertEquals(wait({}), undefined);
});

Deno.test("httpError(failure) says what to do about each status, and whether it may pass", () => {
  const context = { address: "https://models.example.org", model: "m", redact: (text: string) => text };
  const read = (status: number, text = "", headers = {}) => {
    const { kind, transient, message } = httpError(
      new HttpFailure(status, new Headers(headers), { text, cut: false }),
      context,
    );
    return [kind, transient, message];
  };
  const cases: [number, string, boolean, string][] = [
    [402, "quota", false, "has no credit left"],
    [408, "timeout", true, "gave up waiting"],
    [409, "server", true, "failed"],
    [425, "server", true, "failed"],
    [501, "server", false, "failed"],
    [502, "server", true, "failed"],
    [422, "bad_request", false, "rejects the request to model 'm'"],
  ];
  for (const [status, kind, transient, said] of cases) {
    const [readKind, readTransient, message] = read(status);
    assertEquals([readKind, readTransient], [kind, transient]);
    assertStringIncludes(message as string, `${said} (HTTP ${status})`);
  }
  assertStringIncludes(read(307)[2] as string, "sends requests on to another address");
  const target = { location: "https://new.example.org/v1/chat/completions" };
  assertStringIncludes(read(308, "", target)[2] as string, "on to https://new.example.org/v1: use that");
  const page =
    "<html><style>b { }</style><title>Bad <b>gateway</b></title><script>if (a < b) c();</script>Later</html>";
  assertStringIncludes(read(500, page)[2] as string, ": Bad gateway Later");
  for (const piece of ["<", "<script", "<script>", "</script>", "<style ", "< ", ">", " ", "{", '["']) {
    assertStringIncludes(read(500, piece.repeat(1_000_000))[2] as string, "HTTP 500");
  }
});
