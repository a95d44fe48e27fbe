import type { Respondent, RespondentReply, RespondentRequest, RespondOptions } from "../core/respondent.ts";
import type { EndpointSettings, RequestSettings } from "./completion_request.ts";

export interface Completion {
  readonly replies: readonly RespondentReply[];
  readonly body: unknown;
  readonly headers: Headers;
  readonly latencyMs: number;
}

/** What a probe may do with an endpoint: ask it in any way, look at what it says of itself, and set how it is asked. */
export interface EndpointAccess {
  /** The address, ending in `/v1` where endpoints usually do. */
  readonly address: string;
  readonly given: ReadonlySet<string>;
  settings(): RequestSettings;
  /** Asks once, with other settings and parameters than the respondent's; no call that fixes them. */
  complete(
    request: RespondentRequest,
    changes: Partial<RequestSettings> & { readonly n?: number },
    options: RespondOptions,
  ): Promise<Completion>;
  /** The JSON at an address; `undefined` where there is none. */
  look(url: string, body: object | undefined, signal: AbortSignal | undefined): Promise<unknown>;
  /** Sets how the endpoint is asked; `false` where it was asked already, so that nothing changes in mid-study. */
  set(found: Partial<EndpointSettings>): boolean;
}

// Not a property of the respondent: it sends the key, and no notebook prints it.
const accesses = new WeakMap<Respondent, EndpointAccess>();

/** Lets probes ask a respondent's endpoint. */
export function grantAccess(respondent: Respondent, access: EndpointAccess): Respondent {
  accesses.set(respondent, access);
  return respondent;
}

/** The way to a respondent's endpoint; `undefined` where it has none. */
export function accessTo(respondent: Respondent): EndpointAccess | undefined {
  return accesses.get(respondent);
}
