import { escapeHtml, jupyterDisplay, type MimeBundle } from "@understudy/understudy/core";
import { type ExerciseTask, type ExerciseTasks, glimpse, type Passed, WrongAnswer } from "./answers.ts";
import { designTasks } from "./checks/designs.ts";
import { driftTasks } from "./checks/drift.ts";
import { peopleTasks } from "./checks/people.ts";
import { personaTasks } from "./checks/personas.ts";
import { repairTasks } from "./checks/repair.ts";
import { replicationTasks } from "./checks/replication.ts";
import { treatmentTasks } from "./checks/treatments.ts";

/** Every task by its id: a line for each exercise. */
export const tasks: ExerciseTasks = {
  ...personaTasks,
  ...treatmentTasks,
  ...designTasks,
  ...driftTasks,
  ...repairTasks,
  ...peopleTasks,
  ...replicationTasks,
};

/** What a check found; `show` shows it in a notebook, and prints it elsewhere. */
export interface ExerciseResult {
  /** The id of the task. */
  readonly id: string;
  /** Whether the answer is right. */
  readonly passed: boolean;
  /** What was found: of a wrong answer, what is wrong with it. */
  readonly message: string;
  /** What to look at, or to think about, next. */
  readonly next: string;
  /** What the task is worth, and 0 for a wrong answer. */
  readonly points: number;
  /** As it appears in a notebook. */
  [jupyterDisplay](): MimeBundle;
}

/**
 * Checks the answer to a task of the workshop, and says what is wrong with it without giving the answer away.
 *
 * Never throws on a wrong answer, so that a notebook can be run to its end at any time.
 *
 * @param id the exercise and the task, such as `"1.2"`
 * @param values the answer: one value or several, in the order in which the notebook names them
 * @returns whether it is right, a message, and what to look at next; `await show(result)` shows it
 * @throws {RangeError} if there is no such task
 * @example
 * ```ts
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 * import { checkExercise } from "@understudy/understudy/workshop";
 *
 * const result = checkExercise("1.1", "65 and over", 40);
 * assertEquals(result.passed, false);
 * assertStringIncludes(result.message, "between 0 and 1");
 * ```
 */
export function checkExercise(id: string, ...values: readonly unknown[]): ExerciseResult {
  const task = Object.hasOwn(tasks, id) ? tasks[id] : undefined;
  if (task === undefined) {
    const known = Object.keys(tasks).join(", ");
    throw new RangeError(
      `Cannot check an exercise as 'id' must be one of ${known}: current value is ${glimpse(id)}`,
    );
  }
  try {
    expectAnswer(task, values);
    return resultOf(id, task, { passed: true, ...task.check(...values) });
  } catch (error) {
    const found = error instanceof WrongAnswer ? error : new WrongAnswer(
      `The answer could not be looked at: ${glimpse(error instanceof Error ? error.message : error)}`,
      `Show what you hand over: await show(${task.takes.join(", ")}). Is it what the task asks for?`,
    );
    return resultOf(id, task, { passed: false, message: found.message, next: found.next });
  }
}

/** Ends in a wrong answer where nothing was handed over yet, or not yet what it will be. */
function expectAnswer(task: ExerciseTask, values: readonly unknown[]): void {
  for (const [place, name] of task.takes.entries()) {
    const value = values[place];
    if (value === undefined) {
      const where =
        `Look for \`${name}\` in the cell above, replace what stands after the = sign, and run it.`;
      throw new WrongAnswer(`\`${name}\` has no value yet.`, where);
    }
    if (value instanceof Promise) {
      const where = `Write await before the call: const ${name} = await ….`;
      throw new WrongAnswer(`\`${name}\` is still a promise of a value.`, where);
    }
    if (typeof value === "function") {
      const where = `Call it: \`${name}\` should hold what the function returns.`;
      throw new WrongAnswer(`\`${name}\` is a function and no value.`, where);
    }
  }
}

function resultOf(id: string, task: ExerciseTask, found: Passed & { passed: boolean }): ExerciseResult {
  const { passed, message, next } = found;
  const verdict = `${passed ? "✓" : "✗"} Task ${id}, ${task.title}: ${passed ? "passed" : "not yet"}`;
  const points = passed ? task.points : 0;
  const bundle = {
    "text/html": pageOf(verdict, passed, message, next),
    "text/plain": `${verdict}\n${message}\n→ ${next}`,
  };
  return { id, passed, message, next, points, [jupyterDisplay]: () => bundle };
}

// Colours that read on white and on black; styles in attributes, as notebooks that are not trusted lose others.
function pageOf(verdict: string, passed: boolean, message: string, next: string): string {
  const colour = passed ? "#1a8f5c" : "#d9661f";
  const frame =
    `border-left:4px solid ${colour};padding:.2em 0 .2em .9em;margin:.5em 0;max-width:48em;line-height:1.45`;
  return `<div role="status" style="${frame}"><div style="font-weight:600">${prose(verdict)}</div>
<div style="margin:.25em 0">${prose(message)}</div>
<div style="opacity:.8">→ ${prose(next)}</div></div>`;
}

/** A text as HTML, with the names in it as code. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}
