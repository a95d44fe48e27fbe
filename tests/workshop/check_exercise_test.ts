import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { jupyterDisplay, tableOf } from "@understudy/understudy/core";
import { checkExercise } from "@understudy/understudy/workshop";
import { tasks } from "../../notebooks/workshop/check_exercise.ts";

Deno.test("checkExercise(id) of no task names those that there are", () => {
  assertThrows(() => checkExercise("1.11", 3), RangeError, "'id' must be one of 1.1, 1.2");
  assertThrows(() => checkExercise("constructor", 3), RangeError, "current value is constructor");
});

Deno.test("checkExercise(id, undefined) says which name has no value yet, and where to give it one", () => {
  const { passed, message, next } = checkExercise("1.1", "65 and over", undefined);
  assertEquals(passed, false);
  assertEquals(message, "`itsShare` has no value yet.");
  assertStringIncludes(next, "cell above");
  assertEquals(checkExercise("1.1").message, "`missingGroup` has no value yet.");
});

Deno.test("checkExercise(id, promise) says that an await is missing, and a function that it is not called", async () => {
  assertStringIncludes(checkExercise("1.2", Promise.resolve(tableOf({ persona_id: [] }))).next, "await");
  assertStringIncludes(checkExercise("1.2", () => 3).next, "Call it");
  await Promise.resolve();
});

Deno.test("checkExercise never throws, whatever the answer is", () => {
  const hostile = new Proxy({}, {
    get() {
      throw new Error("no\u001b[31m");
    },
  });
  const strange: unknown[] = [
    null,
    NaN,
    -1,
    "",
    "<b>",
    [],
    {},
    [undefined],
    hostile,
    Symbol("s"),
    3n,
    tableOf({ a: [1] }),
  ];
  for (const id of Object.keys(tasks)) {
    for (const value of strange) {
      const result = checkExercise(id, value, value, value);
      assertEquals(result.passed, false);
      assert(!result.message.includes("\u001b"));
    }
  }
});

Deno.test("a result shows its verdict, message and advice as HTML, escaped, and as text", () => {
  const bundle = checkExercise("1.4", "<img src=x onerror=alert(1)>", 4)[jupyterDisplay]();
  const [html, text] = [bundle["text/html"] as string, bundle["text/plain"] as string];
  assertStringIncludes(html, "&lt;img src=x");
  assert(!html.includes("<img"));
  assertStringIncludes(html, "<code>plainSupport</code>");
  assert(text.startsWith("✗ Task 1.4, what weights change: not yet\n`plainSupport` should be a number"));
});
