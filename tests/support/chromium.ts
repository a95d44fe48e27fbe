/** A page in a headless Chromium, driven by the DevTools protocol. */
export interface BrowserPage {
  /** Opens an address and waits until it has loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page; a promise's is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** Sends a command of the protocol. */
  send(method: string, parameters?: object): Promise<{ [name: string]: unknown }>;
  /** Every event since the last call, as name and parameters. */
  events(): { method: string; params: { [name: string]: unknown } }[];
}

/** The browser on this machine: the one that CHROMIUM names, else one of the usual names. */
export async function findChromium(): Promise<string | undefined> {
  const names = [
    Deno.env.get("CHROMIUM"),
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  for (const name of names) {
    if (!name) continue;
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      })
        .output();
      if (success) return name;
    } catch {
      // Not here: the next name.
    }
  }
  return undefined;
}

/** Says why a test of the browser was not run. */
export function sayNoChromium(): void {
  const text = "  (not run: there is no Chromium; CHROMIUM may name one)\n";
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Opens a browser of its own, with nothing kept from before, for as long as it is used. */
export async function withBrowser(
  chromium: string,
  use: (page: BrowserPage) => Promise<void>,
): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "chromium-" });
  const browser = new Deno.Command(chromium, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const page = await connect(await addressOf(browser.stderr));
    try {
      await use(page);
    } finally {
      page.close();
    }
  } finally {
    browser.kill("SIGKILL");
    await browser.status;
    await removeFolder(profile);
  }
}

/** The browser says on its standard error where it listens; what it says later nobody needs. */
async function addressOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const lines = stream.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const part of lines.values({ preventCancel: true })) {
    text += part;
    const address = /ws:\/\/(\S+?)\//.exec(text)?.[1];
    if (address === undefined) continue;
    lines.pipeTo(new WritableStream()).catch(() => {});
    const targets = await (await fetch(`http://${address}/json/list`)).json();
    return targets.find(({ type }: { type: string }) => type === "page").webSocketDebuggerUrl;
  }
  throw new Error(`Chromium did not start: ${text.slice(-1000)}`);
}

async function connect(url: string): Promise<BrowserPage & { close(): void }> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("Cannot reach Chromium"));
  });
  const waiting = new Map<number, PromiseWithResolvers<{ [name: string]: unknown }>>();
  let events: { method: string; params: { [name: string]: unknown } }[] = [];
  let loaded = Promise.withResolvers<void>();
  let sent = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (id === undefined) {
      events.push({ method, params });
      if (method === "Page.loadEventFired") loaded.resolve();
      // A dialog stops the page until somebody answers; it may be gone by then.
      if (method === "Page.javascriptDialogOpening") {
        send("Page.handleJavaScriptDialog", { accept: true }).catch(() => {});
      }
    } else if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  };
  function send(method: string, params: object = {}): Promise<{ [name: string]: unknown }> {
    const answer = Promise.withResolvers<{ [name: string]: unknown }>();
    waiting.set(++sent, answer);
    socket.send(JSON.stringify({ id: sent, method, params }));
    return answer.promise;
  }
  for (const domain of ["Page", "Network", "Runtime"]) await send(`${domain}.enable`);
  await send("Target.setDiscoverTargets", { discover: true });
  return {
    async open(address) {
      loaded = Promise.withResolvers();
      await send("Page.navigate", { url: address });
      await loaded.promise;
    },
    async evaluate(expression) {
      const parameters = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await send("Runtime.evaluate", parameters);
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value?: unknown }).value;
    },
    send,
    events() {
      const [past, none] = [events, []];
      events = none;
      return past;
    },
    close: () => socket.close(),
  };
}

/** The browser's last processes may still write there for a moment. */
async function removeFolder(folder: string): Promise<void> {
  for (let left = 20; left > 0; left--) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
