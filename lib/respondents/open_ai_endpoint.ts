import { cannot } from "../core/errors.ts";

/** Where an endpoint is and how it is opened. Holds secrets: never returned to a caller. */
export interface EndpointConnection {
  /** The address without credentials and query. */
  readonly baseURL: string;
  /** Query parameters of the base URL, sent with every request. */
  readonly query: { readonly [name: string]: string };
  readonly apiKey: string;
  /** The `Authorization` header, where it is not made from the key. */
  readonly authorization: string | undefined;
  /** Every text that must not leave. */
  readonly secrets: readonly string[];
}

const action = "make a respondent";

/** A key for servers on this machine that ask for none; the client insists on sending one. */
const noKey = "no-key";

/** Finds base URL and key in the options or the environment, and takes secrets out of the base URL. */
export function resolveConnection(
  options: { readonly baseURL: string | undefined; readonly apiKey: string | undefined },
): EndpointConnection {
  const { baseURL = readEnvironment("OPENAI_BASE_URL") ?? "https://api.openai.com/v1" } = options;
  const url = parseBaseURL(baseURL);
  const address = (url.origin + url.pathname).replace(/\/+$/, "");
  const query = Object.fromEntries(url.searchParams);
  const authorization = basicAuthorization(url);
  const apiKey = options.apiKey === undefined
    ? environmentKey(address, isLoopback(url.hostname) || authorization !== undefined)
    : options.apiKey.trim();
  if (authorization !== undefined && options.apiKey !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'baseURL' must hold no user name and password beside an 'apiKey'`,
    );
  }
  const secrets = [
    ...(apiKey === noKey ? [] : [apiKey]),
    // The version that Azure's addresses name is a date, which may stand in an answer.
    ...Object.keys(query).flatMap((name) => /version$/i.test(name) ? [] : [query[name]!]),
    ...(authorization === undefined
      ? []
      : [url.username, url.password].map(decodeURIComponent).concat(authorization.slice("Basic ".length))),
    ...headerSecrets(readEnvironment("OPENAI_CUSTOM_HEADERS") ?? ""),
  ];
  return { baseURL: address, query, apiKey, authorization, secrets };
}

/** What of the headers that the client adds ("name: value", a line each) opens a door. */
function headerSecrets(headers: string): string[] {
  return headers.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    const opens = /auth|key|token|secret|cookie|pass|credential|signature|session|jwt/i.test(name) ||
      /^(?=.*\d)(?=.*[a-z])[\w+/=.-]{20,}$/i.test(value);
    return opens ? [value, value.replace(/^(?:Bearer|Basic|Token) +/i, "")] : [];
  });
}

/** A variable of the environment; `undefined` where it is not set or may not be read. */
export function readEnvironment(name: string): string | undefined {
  return isReadable(name) ? Deno.env.get(name)?.trim() || undefined : undefined;
}

function isReadable(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

function parseBaseURL(baseURL: string): URL {
  // The value may hold a password, so the error does not repeat it.
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError(
      `Cannot ${action} as 'baseURL' must be an http or https address such as http://127.0.0.1:8080/v1`,
    );
  }
  return url;
}

function basicAuthorization(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

function environmentKey(address: string, optional: boolean): string {
  const key = readEnvironment("OPENAI_API_KEY");
  if (key !== undefined) {
    checkApiKey(action, "OPENAI_API_KEY", key);
    return key.trim();
  }
  if (optional) return noKey;
  throw new TypeError(
    isReadable("OPENAI_API_KEY")
      ? `Cannot ${action} as ${address} needs an API key: set it with \`export OPENAI_API_KEY=...\` before starting`
      : `Cannot ${action} as the key of ${address} may not be read from the environment: run with ` +
        "--allow-env=OPENAI_BASE_URL,OPENAI_API_KEY,OPENAI_CUSTOM_HEADERS, or pass { apiKey }",
  );
}

/** Checks a key without ever showing it. */
export function checkApiKey(action: string, name: string, apiKey: unknown): void {
  if (typeof apiKey !== "string" || apiKey.trim() === "") {
    const shown = typeof apiKey === "string" ? "empty" : `a ${typeof apiKey}`;
    throw new TypeError(`Cannot ${action} as '${name}' must be a non-empty text: current value is ${shown}`);
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey.trim())) {
    throw new RangeError(`Cannot ${action} as '${name}' must be printable ASCII without spaces`);
  }
}

/** Checks that what identifies a respondent, and so is stored and printed, holds no secret. */
export function checkNoSecret(text: string, secrets: readonly string[]): void {
  // Shorter ones are words such as `none` that may stand in a model's name.
  if (!secrets.some((secret) => secret.length >= 12 && text.includes(secret))) return;
  const [what, shown] = ["endpoint, model and parameters", "one that contains the API key"];
  throw new RangeError(cannot(action, what, "hold no secret", shown));
}
