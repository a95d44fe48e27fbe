import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkExercise } from "@understudy/understudy/workshop";

/** A wrong answer that people give, and what the check must say and must not. */
export interface WrongAnswer {
  /** What is wrong with it, as a sentence that ends the name of a test. */
  readonly mistake: string;
  /** The task. */
  readonly id: string;
  /** The answer. */
  readonly values: readonly unknown[];
  /** What the message or the advice after it says. */
  readonly says: string;
  /** The answer in the forms in which it could slip into the message. */
  readonly hides: readonly string[];
}

/** Holds that each wrong answer fails, with its message, and without the right answer in it. */
export function testWrongAnswers(answers: readonly WrongAnswer[]): void {
  for (const { mistake, id, values, says, hides } of answers) {
    Deno.test(`task ${id} says what is wrong where ${mistake}`, () => {
      const { passed, points, message, next } = checkExercise(id, ...values);
      assertEquals({ passed, points }, { passed: false, points: 0 });
      const said = `${message} ${next}`;
      assertStringIncludes(said, says);
      assert(message.length > 20 && next.length > 20, "it does not help");
      for (const answer of hides) assert(!said.includes(answer), `it gives ${answer} away: ${said}`);
    });
  }
}
