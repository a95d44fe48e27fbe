import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { bundleNotebook, runNotebook } from "@understudy/understudy/kernel";
import { withNotebook } from "../notebook_fixture.ts";
import { withRecordedStudy } from "../recorded_study.ts";
import { unzipSync } from "fflate";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function unpack(zip: Uint8Array): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [place, bytes] of Object.entries(unzipSync(zip))) {
    await Deno.mkdir(dirname(join(folder, place)), { recursive: true });
    await Deno.writeFile(join(folder, place), bytes);
  }
  return folder;
}

/** Verifies an unpacked bundle with an empty cache and, where the system lets us take it away, no network. */
async function verify(folder: string): Promise<{ code: number; said: string }> {
  const home = await Deno.makeTempDir();
  const command = `${Deno.execPath()} run -A verify.ts`;
  const lonely = `ip link set lo up 2>/dev/null; ${command}`;
  const alone = await new Deno.Command("unshare", { args: ["-rn", "sh", "-c", "ip link set lo up"] }).output()
    .then(({ success }) => success, () => false);
  const [program, ...args] = alone ? ["unshare", "-rn", "sh", "-c", lonely] : ["sh", "-c", command];
  // Where the network cannot be taken away, whoever asks for something elsewhere reaches a proxy that is not there.
  const proxy = alone ? {} : { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" };
  const { code, stdout, stderr } = await new Deno.Command(program!, {
    args,
    cwd: folder,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH")!, HOME: home, NO_COLOR: "1", ...proxy },
  }).output();
  await Deno.remove(home, { recursive: true });
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("bundleNotebook(path) packs what verifies elsewhere with an empty cache and no network, and catches changes", async () => {
  await withRecordedStudy(async (path) => {
    const output = `${path}.zip`;
    const checklist = path.replace("notebook.ipynb", "checklist.md");
    await Deno.writeTextFile(checklist, "A.1 purpose: open");
    const files = await bundleNotebook(path, { output, files: [checklist], verify: false });
    assertEquals(files, ["study/checklist.md", "study/notebook.ipynb", "study/study.db"]);
    const zip = await Deno.readFile(output);
    // The same files give the same zip: they stand in one order, and have one time.
    const places = Object.keys(unzipSync(zip)).filter((place) => place !== "manifest.json");
    assertEquals(places, places.toSorted());
    assertEquals(new DataView(zip.buffer).getUint32(10, true), 0x210000);
    assert(places.some((place) => /^packages\/.*\/licen[cs]e/i.test(place)));

    const folder = await unpack(zip);
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals(manifest.files["study/study.db"], sha256(await Deno.readFile(`${folder}/study/study.db`)));
    assertStringIncludes(await Deno.readTextFile(`${folder}/README.md`), "deno run -A verify.ts");
    const untouched = await verify(folder);
    assertStringIncludes(untouched.said, "study/notebook.ipynb: gives its outputs");
    assertEquals(untouched.code, 0, untouched.said);

    const notebook = await Deno.readTextFile(`${folder}/study/notebook.ipynb`);
    const number = /\d\.\d\d+/.exec(notebook.slice(notebook.indexOf(`"text/plain"`)))![0];
    await Deno.writeTextFile(`${folder}/study/notebook.ipynb`, notebook.replaceAll(number, `9${number}`));
    await Deno.remove(`${folder}/understudy/LICENSE`);
    const changed = await verify(folder);
    assertStringIncludes(changed.said, "study/notebook.ipynb: is not the file that was bundled");
    assertStringIncludes(changed.said, "understudy/LICENSE: is missing");
    assertStringIncludes(changed.said, "cell 1, output");
    assertEquals(changed.code, 1);
    await Deno.remove(folder, { recursive: true });
  });
});

Deno.test("bundleNotebook(path) writes no bundle that does not give the notebook's outputs", async () => {
  // The name of what it reads is computed: nobody can tell that it is needed.
  await withNotebook([`Deno.readTextFileSync("answers" + ".csv").length`], async (path) => {
    await Deno.writeTextFile(path.replace("notebook.ipynb", "answers.csv"), "arm,value\n");
    await runNotebook(path, { output: path });
    await assertRejects(
      () => bundleNotebook(path, { output: `${path}.zip` }),
      Error,
      "differs from its outputs",
    );
    await assertRejects(() => Deno.stat(`${path}.zip`), Deno.errors.NotFound);
  });
});
