import { assertEquals, assertMatch } from "@std/assert";

/** What `environment.ts` prints, given an environment, permissions and options. */
async function made(env: { [name: string]: string }, permissions: string[], options = {}): Promise<string> {
  const script = new URL("./environment.ts", import.meta.url).pathname;
  const { HOME = "/", PATH = "", DENO_DIR } = Deno.env.toObject();
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, script, JSON.stringify(options)],
    clearEnv: true,
    env: { HOME, PATH, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), ...env },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

const allowed = ["--allow-env"];
const loopback = { baseURL: "http://127.0.0.1:8080/v1" };

Deno.test("openAiRespondent(options) takes base URL and key from the environment", async () => {
  const env = {
    OPENAI_BASE_URL: "https://models.example.org/v1",
    OPENAI_API_KEY: "sk-from-environment-1234",
  };
  assertEquals(await made(env, allowed), "https://models.example.org/v1");
  assertEquals(await made({ OPENAI_API_KEY: env.OPENAI_API_KEY }, allowed), "https://api.openai.com/v1");
});

Deno.test("openAiRespondent(options) says how to set a missing key", async () => {
  assertMatch(
    await made({}, allowed),
    /^TypeError: .*https:\/\/api\.openai\.com\/v1 needs an API key: set it with `export OPENAI_API_KEY=/,
  );
  assertMatch(await made({ OPENAI_API_KEY: "  " }, allowed), /needs an API key/);
});

Deno.test("openAiRespondent(options) never shows a key of the environment that cannot be sent", async () => {
  const line = await made({ OPENAI_API_KEY: "sk-cut by a space" }, allowed);
  assertMatch(line, /^RangeError: .*'OPENAI_API_KEY' must be printable ASCII without spaces$/);
});

Deno.test("openAiRespondent(options) needs no key for a server on this machine", async () => {
  assertEquals(await made({}, allowed, loopback), loopback.baseURL);
});

Deno.test("openAiRespondent(options) says which permission is missing", async () => {
  assertMatch(
    await made({ OPENAI_API_KEY: "sk-from-environment-1234" }, []),
    /^TypeError: .*--allow-env=OPENAI_/,
  );
  assertMatch(await made({}, [], { ...loopback, apiKey: "given" }), /--allow-env=.*OPENAI_CUSTOM_HEADERS/);
  const named = ["--allow-env=OPENAI_BASE_URL,OPENAI_API_KEY,OPENAI_CUSTOM_HEADERS"];
  assertEquals(await made({}, named, loopback), loopback.baseURL);
});
