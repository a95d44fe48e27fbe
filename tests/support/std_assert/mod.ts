/**
 * The functions of `jsr:@std/assert` that the tests use, over `node:assert/strict`. `deno.json` links it in place of
 * the package, so that the tests run where the JSR registry cannot be reached.
 *
 * @module
 */
import assertStrict from "node:assert/strict";

/** Asserts that an expression is truthy. */
export function assert(expression: unknown, message?: string): asserts expression {
  assertStrict.ok(expression, message);
}

/** Asserts deep, strict equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.deepStrictEqual(actual, expected, message);
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.notDeepStrictEqual(actual, expected, message);
}

/** Asserts that two values are the same. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  assertStrict.strictEqual(actual, expected, message);
}

/** Asserts that two numbers differ by at most a tolerance. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  assertStrict.ok(
    Math.abs(actual - expected) <= limit,
    message ??
      `expected ${actual} to be within ${limit} of ${expected}; they differ by ${
        Math.abs(actual - expected)
      }`,
  );
}

/** Asserts that a text contains another. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  assertStrict.ok(
    actual.includes(expected),
    message ?? `expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
  );
}

/** Asserts that a text matches a pattern. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  assertStrict.match(actual, expected, message);
}

/** Asserts that a value exists. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  assertStrict.ok(actual !== undefined && actual !== null, message ?? "expected a value");
}

/** Asserts that a value is an instance of a class. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any -- any constructor will do
  expected: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T {
  assertStrict.ok(actual instanceof expected, message ?? `expected an instance of ${expected.name}`);
}

// deno-lint-ignore no-explicit-any -- any constructor will do
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function checkError<E extends Error>(error: unknown, errorClass?: ErrorClass<E>, includes?: string): E {
  if (errorClass) {
    assertStrict.ok(error instanceof errorClass, `expected ${errorClass.name}, got ${error}`);
  }
  if (includes !== undefined) assertStringIncludes((error as Error).message, includes);
  return error as E;
}

/** Asserts that a function throws, and returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  includes?: string,
): E {
  let error: unknown;
  let threw = false;
  try {
    fn();
  } catch (caught) {
    threw = true;
    error = caught;
  }
  assertStrict.ok(threw, "expected the function to throw");
  return checkError(error, errorClass, includes);
}

/** Asserts that a promise is rejected, and resolves to the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  includes?: string,
): Promise<E> {
  let error: unknown;
  let threw = false;
  try {
    await fn();
  } catch (caught) {
    threw = true;
    error = caught;
  }
  assertStrict.ok(threw, "expected the promise to be rejected");
  return checkError(error, errorClass, includes);
}
