/** The fields of a message of the language server. */
type Fields = ReturnType<typeof JSON.parse>;

/** A `deno lsp` process and its protocol: numbered requests with answers, and messages that nobody answers. */
export class LanguageConnection {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (result: Fields) => void>();
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  #last = 0;
  #isOpen = true;

  /** @param settings what the server is told when it asks for the configuration of Deno */
  constructor(readonly settings: Fields) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["lsp", "--quiet"],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.ended = this.#read().catch(() => this.close());
  }

  /** Resolves to the answer, or to `null` where the server cannot give one or has ended. */
  request(method: string, params: Fields): Promise<Fields> {
    if (!this.#isOpen) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<Fields>();
    const id = ++this.#last;
    this.#waiting.set(id, resolve);
    this.#send({ id, method, params });
    return promise;
  }

  notify(method: string, params: Fields): void {
    this.#send({ method, params });
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const resolve of this.#waiting.values()) resolve(null);
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  #send(message: Fields): void {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    for (const part of [head, body]) this.#writer.write(part).catch(() => this.close());
  }

  async #read(): Promise<void> {
    const reader = this.#child.stdout.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    const take = async (length: number) => {
      const { value } = await reader.read(new Uint8Array(length), { min: length });
      if (value?.length !== length) throw new Error("the language server has ended");
      return decoder.decode(value);
    };
    while (true) {
      let head = "";
      while (!head.endsWith("\r\n\r\n")) head += await take(1);
      this.#take(JSON.parse(await take(Number(/Content-Length: (\d+)/i.exec(head)?.[1]))));
    }
  }

  #take({ id, method, params, result }: Fields): void {
    if (method === undefined) {
      this.#waiting.get(id)?.(result ?? null);
      this.#waiting.delete(id);
    } else if (id !== undefined) {
      const isSettings = method === "workspace/configuration";
      this.#send({ id, result: isSettings ? params.items.map(() => this.settings) : null });
    }
  }
}
