/**
 * A PostgreSQL server of the tests' own, from the machine's packages, in a temporary folder.
 *
 * @module
 */

/** A running server. */
export interface TestPostgres {
  /** The address for a client, with a password that nothing may show. */
  readonly url: string;
  /** Runs SQL as the superuser. */
  readonly sql: (text: string) => Promise<string>;
  /** Stops it at once, as a machine that fails, or as an administrator does, and keeps its folder. */
  readonly stop: (mode?: "fast" | "immediate") => Promise<void>;
  /** Starts it again on the same port. */
  readonly start: () => Promise<void>;
  /** Stops it and removes its folder. */
  readonly remove: () => Promise<void>;
}

/** Not a word that could stand in an error by itself. */
export const testPassword = "pw-3fJq9";

/** Where PostgreSQL's programs are; `null` where there are none. */
function programs(): string | null {
  const folders = ["/usr/lib/postgresql", "/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];
  for (const folder of folders) {
    try {
      if (folder !== "/usr/lib/postgresql") {
        if (Deno.statSync(`${folder}/initdb`).isFile) return folder;
        continue;
      }
      const versions = [...Deno.readDirSync(folder)].map(({ name }) => Number(name)).filter((n) => n > 0);
      if (versions.length > 0) return `${folder}/${Math.max(...versions)}/bin`;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** The user to run the server as: root must not. */
async function owner(): Promise<{ uid?: number; gid?: number } | null> {
  if (Deno.build.os === "windows") return null;
  if (Deno.uid() !== 0) return {};
  const passwd = await Deno.readTextFile("/etc/passwd");
  const [, , uid, gid] = passwd.split("\n").find((line) => line.startsWith("postgres:"))?.split(":") ?? [];
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}

async function run(program: string, args: string[], as: object, stdin?: string): Promise<string> {
  const command = new Deno.Command(program, {
    args,
    ...as,
    cwd: "/",
    stdin: stdin === undefined ? "null" : "piped",
    // A server that inherits a pipe keeps it open.
    stdout: program.endsWith("pg_ctl") ? "null" : "piped",
    stderr: program.endsWith("pg_ctl") ? "null" : "piped",
  });
  const child = command.spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  if (program.endsWith("pg_ctl")) {
    const { success } = await child.status;
    if (!success) throw new Error(`${program} ${args.join(" ")} failed`);
    return "";
  }
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Makes and starts a server; takes about two seconds. It ends with the process at the latest. */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = programs()!;
  const as = (await owner())!;
  const folder = Deno.makeTempDirSync({ prefix: "postgres_" });
  globalThis.addEventListener("unload", () => {
    const args = ["-D", `${folder}/data`, "-m", "immediate", "stop"];
    try {
      new Deno.Command(`${bin}/pg_ctl`, { args, ...as, cwd: "/", stdout: "null", stderr: "null" })
        .outputSync();
      Deno.removeSync(folder, { recursive: true });
    } catch {
      // Its test removed it.
    }
  });
  if (as.uid !== undefined) Deno.chownSync(folder, as.uid, as.gid ?? null);
  const passwordFile = `${folder}/password`;
  Deno.writeTextFileSync(passwordFile, testPassword);
  Deno.chmodSync(passwordFile, 0o644);
  await run(`${bin}/initdb`, [
    ...["-D", `${folder}/data`, "-U", "lab", "-A", "scram-sha-256", `--pwfile=${passwordFile}`],
    ...["-E", "UTF8", "--locale=C", "--no-sync"],
  ], as);
  const port = freePort();
  const settings =
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  const control = (...args: string[]) => run(`${bin}/pg_ctl`, ["-D", `${folder}/data`, "-w", ...args], as);
  const start = async (): Promise<void> => {
    await control("-o", settings, "-l", `${folder}/log`, "start");
  };
  const stop = async (mode = "fast"): Promise<void> => {
    await control("-m", mode, "stop");
  };
  await start();
  const url = `postgres://lab:${testPassword}@127.0.0.1:${port}/postgres`;
  return {
    url,
    sql: (text) => run(`${bin}/psql`, ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", url], {}, text),
    start,
    stop,
    remove: async () => {
      await stop("immediate").catch(() => {});
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

let shared: TestPostgres | undefined;

/** Whether this machine can run a server: found by running one. A test that needs it is ignored where it cannot. */
export const hasPostgres: boolean = await (async () => {
  let why = "it is not installed (apt-get install postgresql)";
  try {
    if (programs() !== null && await owner() !== null) {
      shared = await startPostgres();
      return true;
    }
  } catch (error) {
    why = `it does not start: ${error instanceof Error ? error.message : error}`;
  }
  const text = `Tests that need PostgreSQL are skipped: ${why}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  return false;
})();

/** The server that the tests of one process share, each in a schema of its own; not to be stopped. */
export function sharedPostgres(): TestPostgres {
  return shared!;
}
