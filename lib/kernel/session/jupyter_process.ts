import { randomUUID } from "node:crypto";

/** How a client reaches a kernel: the connection file's fields. */
type KernelConnection = ReturnType<typeof reserveConnection>;

/** A kernel as a process of the system. */
export interface KernelProcess {
  readonly connection: KernelConnection;
  /** Resolves when the process has ended, with a sentence on how. */
  readonly ended: Promise<string>;
  /** Sends the signal of the stop button. */
  interrupt(): void;
  /** Ends the process, waits for its end, and removes the connection file. */
  close(): Promise<void>;
}

/** Starts `deno jupyter --kernel` in a folder; whoever connects must wait until it listens. */
export async function startKernelProcess(folder: string): Promise<KernelProcess> {
  const connection = reserveConnection();
  // A file of the temporary folder that only its owner may read: it holds the key.
  const file = await Deno.makeTempFile({ prefix: "understudy-kernel-", suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const pipes = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    const args = ["jupyter", "--kernel", "--conn", file];
    const settings = { args, cwd: folder, env: { NO_COLOR: "1" }, ...pipes };
    return kernelProcess(new Deno.Command(Deno.execPath(), settings).spawn(), connection, file);
  } catch (error) {
    await Deno.remove(file).catch(() => {});
    throw error;
  }
}

function kernelProcess(child: Deno.ChildProcess, connection: KernelConnection, file: string): KernelProcess {
  const complaint = tailOf(child.stderr, 2000);
  const ended = child.status.then(async (status) => {
    const how = status.signal === null ? `code ${status.code}` : `signal ${status.signal}`;
    const said = (await complaint).trim();
    return `the kernel ended with ${how}${said === "" ? "" : `: ${said}`}`;
  });
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // A process that has ended already takes no signal.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  return {
    connection,
    ended,
    interrupt: () => kill("SIGINT"),
    close: async () => {
      kill("SIGKILL");
      await ended;
      await Deno.remove(file).catch(() => {});
    },
  };
}

/** Loopback, free ports (requests, outputs, questions, interrupts, heartbeat), and the key that signs messages. */
function reserveConnection() {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = listeners.map(({ addr }) => addr.port);
  listeners.forEach((listener) => listener.close());
  const address = { ip: "127.0.0.1", transport: "tcp", key: randomUUID(), signature_scheme: "hmac-sha256" };
  return { ...address, shell_port: shell_port!, iopub_port: iopub_port!, stdin_port, control_port, hb_port };
}

async function tailOf(stream: ReadableStream<Uint8Array>, length: number): Promise<string> {
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) tail = (tail + decoder.decode(chunk, { stream: true })).slice(-length);
  return tail;
}
