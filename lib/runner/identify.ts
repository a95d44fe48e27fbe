import { canonicalJson, rememberCanonical } from "../core/hash.ts";
import type { Respondent, RespondentIdentity } from "../core/respondent.ts";
import type { AskSettings } from "./ask.ts";

/** A respondent as calls know it: who it is when the first is made, and whether it still is. */
export function identify(respondent: Respondent): Pick<AskSettings, "respondent" | "identity" | "isSame"> {
  let identity: Promise<RespondentIdentity> | undefined;
  let isSame: Promise<void> | undefined;
  return {
    respondent,
    identity: () => identity ??= rememberIdentity(respondent),
    isSame: () => isSame ??= checkSame(respondent, identity),
  };
}

/** Who answers, as it is when the first call is made, whatever becomes of it later. */
async function rememberIdentity(respondent: Respondent): Promise<RespondentIdentity> {
  const identity = structuredClone(await respondent.identity());
  rememberCanonical(identity.parameters);
  return identity;
}

/** A probe may set a respondent while a run still reads the store: its replies would be kept under keys of another. */
async function checkSame(
  respondent: Respondent,
  known: Promise<RespondentIdentity> | undefined,
): Promise<void> {
  if (canonicalJson(await respondent.identity()) === canonicalJson(await known)) return;
  throw new TypeError(
    `Cannot call ${respondent.name} as it was set anew, as by a probe, after the run began: run again`,
  );
}
