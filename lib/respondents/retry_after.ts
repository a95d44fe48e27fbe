import type { EndpointLimits } from "../core/respondent.ts";

/** The longest wait that is believed, in seconds; larger numbers are points in time, or nothing. */
const longestWait = 1_000_000;

// What endpoints call the rest of a limit and its reset: OpenAI's names and those of most servers, a gateway's own
// limit, the IETF's draft, Anthropic's.
const names = {
  requests: [
    ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    ["x-ratelimit-remaining", "x-ratelimit-reset"],
    ["ratelimit-remaining", "ratelimit-reset"],
    ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
  ],
  tokens: [
    ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
  ],
} as const;

/**
 * How long an endpoint asks to wait, in milliseconds: `Retry-After` (seconds, a date), `retry-after-ms`, else the reset of
 * a rate limit that is used up (seconds, a duration such as `6m0s`, a date, or seconds or milliseconds since 1970).
 *
 * @see RFC 9110, section 10.2.3 (Retry-After)
 */
export function retryAfter(headers: Headers): number | undefined {
  const exact = headers.get("retry-after-ms")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const told = untilOf(headers.get("retry-after"), headers);
  if (told !== undefined) return told;
  const waits = [...names.requests, ...names.tokens]
    .filter(([remaining]) => !(countOf(headers.get(remaining))! > 0))
    .flatMap(([, reset]) => untilOf(headers.get(reset), headers) ?? []);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** What an endpoint says beside a reply of the rest of its limits; `undefined` where it says nothing. */
export function limitsOf(headers: Headers): EndpointLimits | undefined {
  const find = (kind: "requests" | "tokens") => {
    for (const [remaining, reset] of names[kind]) {
      const left = countOf(headers.get(remaining));
      if (left !== undefined) return { left, resetMs: untilOf(headers.get(reset), headers) };
    }
    return undefined;
  };
  const [requests, tokens] = [find("requests"), find("tokens")];
  if (requests === undefined && tokens === undefined) return undefined;
  // What is used up is what is waited for.
  const known = [requests, tokens].filter((limit) => limit !== undefined);
  const used = known.filter(({ left }) => left <= 0);
  const resets = (used.length > 0 ? used : known).flatMap(({ resetMs }) => resetMs ?? []);
  return {
    ...(requests === undefined ? {} : { remainingRequests: requests.left }),
    ...(tokens === undefined ? {} : { remainingTokens: tokens.left }),
    ...(resets.length === 0 ? {} : { resetMs: Math.max(...resets) }),
  };
}

function countOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}(\.\d{1,9})?$/.test(text.trim()) ? Number(text) : undefined;
}

/** Milliseconds from now until what a header says: seconds, a duration, a date, or a point in time since 1970. */
function untilOf(header: string | null, headers: Headers): number | undefined {
  const text = header?.trim() ?? "";
  if (text === "" || text.length > 100) return undefined;
  // The endpoint's own clock, where it tells it, so that a wrong clock here does no harm.
  const now = () => {
    const told = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(told) ? Date.now() : told;
  };
  const from = (time: number) => Math.max(0, time - now());
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number <= longestWait) return Math.ceil(number * 1000);
    // Seconds since 1970 until the year 2286, milliseconds from the year 2001.
    if (number >= 1e9 && number < 1e10) return from(Math.ceil(number * 1000));
    return number >= 1e12 && number < 1e13 ? from(number) : undefined;
  }
  // Date.parse alone takes "-5" for a date.
  if (/^(?:[A-Z][a-z]{2,8},? .*\d:\d|\d{4}-\d\d-\d\dT\d\d:)/.test(text)) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? undefined : from(time);
  }
  return duration(text);
}

/** Reads a wait such as `6m0s`, `1.5s` or `120ms`. */
function duration(text: string): number | undefined {
  const written = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
  const parts = written.exec(text);
  if (parts === null) return undefined;
  const [days, hours, minutes, seconds, rest] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.ceil((((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000 + rest!);
}
