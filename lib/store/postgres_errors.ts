import type { Trouble } from "./record_store.ts";

/** What passes: the server restarts, or two writers met. */
const passing = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "CONNECT_TIMEOUT", "CONNECTION_CLOSED"],
  ...["57P01", "57P02", "57P03", "53300", "40P01", "40001"],
]);

/** Whether the same may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error));
}

/** What an error of the server or of the way to it means; `undefined` where only its own words say it. */
export function postgresTrouble(error: Error): Trouble | undefined {
  const code = codeOf(error);
  if (code === "53300") return ["busy", "the server has no connection left; ask for fewer 'connections'"];
  if (/^[A-Z_]{5,}$/.test(code)) {
    return [
      "unreachable",
      `the server cannot be reached (${code}); check that it runs, and its host and port`,
    ];
  }
  return troubles.find(([pattern]) => pattern.test(code))?.[1];
}

const troubles: readonly (readonly [RegExp, Trouble])[] = [
  [/^57P0/, ["unreachable", "the server is shutting down or starting; run again once it is up"]],
  [/^28/, ["denied", "the server refuses the user or the password"]],
  [/^3D000/, ["other", "there is no such database; make it with: createdb NAME"]],
  [/^42501/, ["denied", "the user may not; give it the right: GRANT ALL ON SCHEMA, and ON ALL TABLES IN it"]],
  [/^(42P01|3F000)/, ["removed", "its tables are not there; they are made when it is opened for writing"]],
  [/^53100/, ["full", "the server's disk is full; make room and run again: what is kept is not asked again"]],
  [/^25006/, [
    "read_only",
    "the server only reads; where nothing is to be asked, open it with { readOnly: true }",
  ]],
  [/^XX00[12]/, ["damaged", "the server says that its data are damaged; go back to a copy"]],
];

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "");
}
