import { assertEquals, assertMatch } from "@std/assert";

type Case = [environment: { [name: string]: string }, options: object];

/** What `environment.ts` prints for each case, given permissions and an environment from outside. */
async function made(
  cases: readonly Case[],
  permissions: string[],
  outside: { [name: string]: string } = {},
): Promise<string[]> {
  const script = new URL("./environment.ts", import.meta.url).pathname;
  const { HOME = "/", PATH = "", DENO_DIR } = Deno.env.toObject();
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, script, JSON.stringify(cases)],
    clearEnv: true,
    env: { HOME, PATH, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), ...outside },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

const loopback = { baseURL: "http://127.0.0.1:8080/v1" };
const key = { OPENAI_API_KEY: "sk-from-environment-1234" };

Deno.test("openAiRespondent(options) takes base URL and key from the environment, and says what is wrong with them", async () => {
  const [both, plain, missing, blank, cut, none] = await made([
    [{ ...key, OPENAI_BASE_URL: "https://models.example.org/v1" }, {}],
    [key, {}],
    [{ OTHER: "" }, {}],
    [{ OPENAI_API_KEY: "  " }, {}],
    [{ OPENAI_API_KEY: "sk-cut by a space" }, {}],
    [{ OTHER: "" }, loopback],
  ], ["--allow-env"]);
  assertEquals([both, plain], ["https://models.example.org/v1", "https://api.openai.com/v1"]);
  assertMatch(
    missing!,
    /^TypeError: .*https:\/\/api\.openai\.com\/v1 needs an API key: set it with `export OPENAI_API_KEY=/,
  );
  assertMatch(blank!, /needs an API key/);
  assertMatch(cut!, /^RangeError: .*'OPENAI_API_KEY' must be printable ASCII without spaces$/);
  // A server on this machine needs none.
  assertEquals(none, loopback.baseURL);
});

Deno.test("openAiRespondent(options) says which permission is missing", async () => {
  const [kept, client] = await made([[{}, {}], [{}, { ...loopback, apiKey: "given" }]], [], key);
  assertMatch(kept!, /^TypeError: .*--allow-env=OPENAI_/);
  assertMatch(client!, /--allow-env=.*OPENAI_CUSTOM_HEADERS/);
  const named = ["--allow-env=OPENAI_BASE_URL,OPENAI_API_KEY,OPENAI_CUSTOM_HEADERS"];
  assertEquals(await made([[{}, loopback]], named), [loopback.baseURL]);
});
