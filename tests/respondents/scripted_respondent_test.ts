import { assertEquals, assertNotEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { RespondentError } from "@understudy/understudy/core";
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { askSupport } from "./requests.ts";

Deno.test("scriptedRespondent(text) answers every request with the text", async () => {
  const respondent = scriptedRespondent("yes");
  assertEquals((await respondent.respond(askSupport(1))).text, "yes");
  assertEquals((await respondent.respond(askSupport(2))).text, "yes");
});

Deno.test("scriptedRespondent(list) answers new requests in order and uses an error up", async () => {
  const busy = new RespondentError("busy", { kind: "rate_limited", transient: true });
  const respondent = scriptedRespondent(["a", busy, "b"]);
  assertEquals((await respondent.respond(askSupport(1))).text, "a");
  assertStrictEquals(await assertRejects(() => respondent.respond(askSupport(2))), busy);
  assertEquals((await respondent.respond(askSupport(2))).text, "b");
  assertEquals((await respondent.respond(askSupport(1))).text, "a");
  const error = await assertRejects(
    () => respondent.respond(askSupport(3)),
    RespondentError,
    "has 3 entries",
  );
  assertEquals(error.transient, false);
});

Deno.test("scriptedRespondent(script) fills in what a reply leaves out", async () => {
  const respondent = scriptedRespondent([{
    refusal: "no",
    finishReason: "content_filter",
    completionTokens: 4,
  }], {
    name: "shy",
  });
  assertEquals(await respondent.respond(askSupport()), {
    text: "",
    refusal: "no",
    finishReason: "content_filter",
    model: "shy",
    promptTokens: null,
    completionTokens: 4,
  });
});

Deno.test("scriptedRespondent(function) can end with the signal", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped by the user");
  const respondent = scriptedRespondent((_, { signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      controller.abort(reason);
    })
  );
  const call = () => respondent.respond(askSupport(), { signal: controller.signal });
  assertStrictEquals(await assertRejects(call), reason);
});

Deno.test("scriptedRespondent(script) has another identity for another script or name", async () => {
  const scripts = ["a", "b", ["a"], ["b"], [new Error("a")], () => "a", () => "b"];
  const identities = await Promise.all(scripts.map((script) => scriptedRespondent(script).identity()));
  assertEquals(new Set(identities.map((identity) => JSON.stringify(identity))).size, scripts.length);
  assertEquals(await scriptedRespondent(["a"]).identity(), identities[2]);
  assertNotEquals(await scriptedRespondent("a", { name: "other" }).identity(), identities[0]);
});

Deno.test("scriptedRespondent(script, options) names a wrong argument", () => {
  assertThrows(() => scriptedRespondent(3 as never), TypeError, "'script'");
  assertThrows(() => scriptedRespondent("a", { nmae: "x" } as never), TypeError, "'nmae' is unknown");
  assertThrows(() => scriptedRespondent("a", { name: "" }), TypeError, "'name'");
});
