import { randomUUID } from "node:crypto";

/** How a client reaches a kernel: the connection file's fields. */
interface KernelConnection {
  /** Always the loopback address. */
  readonly ip: string;
  /** Always TCP. */
  readonly transport: "tcp";
  /** The key that signs every message. */
  readonly key: string;
  /** How messages are signed. */
  readonly signature_scheme: "hmac-sha256";
  /** Port of requests. */
  readonly shell_port: number;
  /** Port of outputs. */
  readonly iopub_port: number;
  /** Port of questions to the user. */
  readonly stdin_port: number;
  /** Port of interrupts and shutdowns. */
  readonly control_port: number;
  /** Port of the heartbeat. */
  readonly hb_port: number;
}

/** A kernel as a process of the system. */
export interface KernelProcess {
  /** How to reach it. */
  readonly connection: KernelConnection;
  /** Resolves when the process has ended, with a sentence on how. */
  readonly ended: Promise<string>;
  /** Sends the signal of the stop button. */
  interrupt(): void;
  /** Ends the process, waits for its end, and removes the connection file. */
  close(): Promise<void>;
}

/** Starts `deno jupyter --kernel` in a folder; whoever connects must wait until it listens. */
export async function startKernelProcess(
  folder: string,
  environment: { readonly [name: string]: string },
): Promise<KernelProcess> {
  const connection = reserveConnection();
  // A file of the temporary folder that only its owner may read: it holds the key.
  const file = await Deno.makeTempFile({ prefix: "understudy-kernel-", suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd: folder,
      env: { NO_COLOR: "1", ...environment },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    return kernelProcess(child, connection, file);
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

function reserveConnection(): KernelConnection {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  listeners.forEach((listener) => listener.close());
  return {
    ip: "127.0.0.1",
    transport: "tcp",
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
    shell_port: ports[0]!,
    iopub_port: ports[1]!,
    stdin_port: ports[2]!,
    control_port: ports[3]!,
    hb_port: ports[4]!,
  };
}

async function tailOf(stream: ReadableStream<Uint8Array>, length: number): Promise<string> {
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) tail = (tail + decoder.decode(chunk, { stream: true })).slice(-length);
  return tail;
}
