import { httpError, HttpFailure } from "../../lib/respondents/failures.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";

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
