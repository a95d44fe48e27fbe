import { cannot, RespondentError } from "../core/errors.ts";
import { probeColumns } from "../core/columns.ts";
import { readOptions, rule, type RulesFor } from "../core/options.ts";
import type { Respondent } from "../core/respondent.ts";
import { untilStopped } from "../core/stop_button.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import type { EndpointSettings } from "./completion_request.ts";
import { accessTo, type EndpointAccess } from "./endpoint_access.ts";
import { ProbeCalls } from "./probe_calls.ts";
import { type ProbeCheck, probeChecks, type ProbeFinding } from "./probe_checks.ts";

/** Options of {@linkcode probeEndpoint}. */
export interface ProbeEndpointOptions {
  /** Ends the probe, as a notebook's stop button does. */
  signal?: AbortSignal;
}

/**
 * Finds out with about a dozen small calls what an endpoint does, and sets its respondent by it.
 *
 * Endpoints differ from what they say: schemas are overlooked, answers stand in the field of the thought, seeds are
 * rejected, system messages are dropped. Probe once, before the study: what was not given to `openAiRespondent` is set by
 * what was found (`schemaMode`, `systemRole`, `tokenLimit`, `sendSeed`, `seedBits`, `choices`, `logProbabilities`); what
 * was given stays, and the table says so. What of it decides answers is part of their keys. From the first call of a study on nothing
 * changes any more: a later probe only looks. What a check cannot tell leaves the respondent as it is. A thought is never
 * read as an answer, even where an endpoint puts the answer there: the table says so, and the cure is with the server.
 *
 * @param respondent from `openAiRespondent`
 * @param options signal
 * @returns one row per check: `what`, `found`, `chosen` (what the respondent now does), `detail`, `option` (what overrides
 * it in `openAiRespondent`)
 * @throws {RespondentError} if the endpoint cannot be reached or refuses the key
 * @throws {TypeError} if the respondent is not from `openAiRespondent`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openAiRespondent, probeEndpoint, scriptedRespondent, serveRespondent } from "@understudy/understudy";
 *
 * // An endpoint that says yes to everything, and knows no schema.
 * await using served = await serveRespondent(scriptedRespondent("yes"));
 * const respondent = openAiRespondent(served.connection);
 * const table = await probeEndpoint(respondent);
 * assertEquals(table.array("what")[0], "endpoint");
 * assertEquals((await respondent.identity()).parameters.schema_mode, "none");
 * ```
 */
export async function probeEndpoint(
  respondent: Respondent,
  options: ProbeEndpointOptions = {},
): Promise<Table> {
  const { signal } = readOptions(action, options, rules);
  const access = accessTo(respondent);
  if (access === undefined) {
    const other = respondent?.name ?? respondent;
    throw new TypeError(
      `${cannot(action, "respondent", "be from openAiRespondent", other)}; no other has one`,
    );
  }
  return await untilStopped((signal) => probe(access, new ProbeCalls(access, signal)), { signal });
}

async function probe(access: EndpointAccess, calls: ProbeCalls): Promise<Table> {
  const first = await calls.ask("plain");
  const failure = first instanceof RespondentError ? first : undefined;
  if (failure !== undefined && ["unreachable", "unauthorized"].includes(failure.kind)) throw failure;
  const found: [ProbeCheck, ProbeFinding][] = [];
  for (const check of failure === undefined ? probeChecks : []) found.push([check, await check.find(calls)]);
  const set: Partial<EndpointSettings> = Object.assign({}, ...found.map(([, [, , set]]) => set ?? {}));
  const own = Object.entries(set).filter(([name]) => !access.given.has(name));
  const isSet = access.set(Object.fromEntries(own));
  const endpoint = {
    what: "endpoint",
    found: failure === undefined ? "answers, and takes the key" : "reached, but does not answer",
    chosen: "",
    detail: failure?.message ?? access.address,
    option: "baseURL",
  };
  const rows = found.map((one) => rowOf(...one, { access, isSet }));
  return tableOfRows([endpoint, ...rows], Object.keys(probeColumns));
}

const action = "probe an endpoint";

const rules = {
  signal: rule<AbortSignal, undefined>((_, name, value) => {
    if (!(value instanceof AbortSignal)) {
      throw new TypeError(cannot(action, name, "be an AbortSignal", value));
    }
  }, undefined),
} satisfies RulesFor<ProbeEndpointOptions>;

/** What was found, beside what the respondent now does and why it does otherwise. */
function rowOf(
  { what, options }: ProbeCheck,
  [found, detail = "", set = {}]: ProbeFinding,
  { access, isSet }: { readonly access: EndpointAccess; readonly isSet: boolean },
): { readonly [column in keyof typeof probeColumns]: string } {
  const settings: { readonly [option: string]: unknown } = { ...access.settings() };
  const kept = Object.entries(set).filter(([name, value]) => settings[name] !== value).map(([name, value]) =>
    access.given.has(name)
      ? `${name} stays as it was given; found: ${value}`
      : isSet
      ? ""
      : `${name} stays, as calls were made with it; found: ${value}`
  );
  return {
    what,
    found,
    chosen: options.filter((name) => name !== "parameters").map((name) => String(settings[name])).join(", "),
    detail: [detail.slice(0, 300), ...kept].filter((part) => part !== "").join("; "),
    option: options.join(", "),
  };
}
