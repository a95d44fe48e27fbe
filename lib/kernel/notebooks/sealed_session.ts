/** What a notebook may read of the environment while it is verified: where things are, and nothing secret. */
const readable =
  /^(PATH|HOME|USER|LANG|LC_.+|TZ|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|LOCALAPPDATA|DENO_.+|NO_COLOR)$/i;

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/**
 * Closes the session that it is called in, so that what a notebook shows comes from the notebook and its files alone:
 * takes the variables of the environment away, and lets what the notebook serves on this machine be asked by itself
 * without a socket, as the network will be denied. For the sessions of `verifyNotebook` only.
 */
export function sealSession(): void {
  for (const name of Object.keys(Deno.env.toObject())) if (!readable.test(name)) Deno.env.delete(name);
  const served = new Map<number, Handler>();
  const replace = (owner: object, name: string, value: unknown) =>
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  replace(Deno, "serve", (...given: unknown[]) => serveInside(served, given));
  const { fetch } = globalThis;
  replace(globalThis, "fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const { hostname, port } = new URL(input instanceof Request ? input.url : input);
    const handler = ["127.0.0.1", "localhost", "[::1]"].includes(hostname) && served.get(Number(port));
    if (!handler) return await fetch(input, init);
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 0 };
    return await handler(new Request(input, init), { remoteAddr, completed: Promise.resolve() });
  });
}

/** `Deno.serve` without a socket. */
function serveInside(served: Map<number, Handler>, given: readonly unknown[]): Deno.HttpServer<Deno.NetAddr> {
  const options = (given.find((part) => typeof part === "object") ?? {}) as Deno.ServeTcpOptions & {
    handler?: Handler;
  };
  const handler = (given.find((part) => typeof part === "function") ?? options.handler) as Handler;
  const port = options.port || 49152 + served.size;
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const shutdown = () => {
    served.delete(port);
    resolve();
    return finished;
  };
  served.set(port, handler);
  options.signal?.addEventListener("abort", shutdown, { once: true });
  const addr: Deno.NetAddr = { transport: "tcp", hostname: options.hostname ?? "127.0.0.1", port };
  options.onListen?.(addr);
  return { addr, finished, shutdown, ref: () => {}, unref: () => {}, [Symbol.asyncDispose]: shutdown };
}
