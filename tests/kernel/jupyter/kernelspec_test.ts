import { assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { checkDeno, installKernel, uninstallKernel } from "../../../lib/kernel/jupyter/kernelspec.ts";
import { join } from "node:path";

/** Runs something with variables of the environment set (or, where `undefined`, taken away) and a folder of its own. */
async function within(
  variables: (folder: string) => Record<string, string | undefined>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "understudy-kernelspec-" });
  const wanted = Object.entries(variables(folder));
  const before = wanted.map(([name]) => [name, Deno.env.get(name)] as const);
  const set = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    wanted.forEach(set);
    await use(folder);
  } finally {
    before.forEach(set);
    await Deno.remove(folder, { recursive: true });
  }
}

const nowhere = () => ({});

Deno.test("installKernel writes what Jupyter reads: an absolute Deno, the connection file, stops as messages, three logos", async () => {
  await within(nowhere, async (prefix) => {
    const said = await installKernel({ prefix, name: "study-1", display: "Study one" });
    const folder = join(prefix, "share", "jupyter", "kernels", "study-1");
    const spec = JSON.parse(await Deno.readTextFile(join(folder, "kernel.json")));
    const cli = import.meta.resolve("../../../cli.ts");
    assertEquals(spec.argv, [Deno.execPath(), "run", "-A", cli, "kernel", "run", "{connection_file}"]);
    assertEquals([spec.display_name, spec.language, spec.interrupt_mode], [
      "Study one",
      "typescript",
      "message",
    ]);
    for (const size of [32, 64]) {
      const png = new DataView((await Deno.readFile(join(folder, `logo-${size}x${size}.png`))).buffer);
      assertEquals([png.getUint32(1) >>> 8, png.getUint32(16), png.getUint32(20)], [0x504e47, size, size]);
    }
    assertStringIncludes(await Deno.readTextFile(join(folder, "logo-svg.svg")), "<title>Understudy</title>");
    assertStringIncludes(said, folder);
    assertStringIncludes(said, "pip install jupyterlab");
    assertStringIncludes(said, "kernel uninstall, with the same --name and --prefix");
    assertEquals(await uninstallKernel({ prefix, name: "study-1" }), folder);
    await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
  });
});

Deno.test("installKernel goes to JUPYTER_DATA_DIR, else to the system's folder for data, and installs twice as once", async () => {
  const places: [variables: (folder: string) => Record<string, string | undefined>, place: string][] = [
    [(folder) => ({ JUPYTER_DATA_DIR: join(folder, "a") }), "a"],
    [(folder) => ({ JUPYTER_DATA_DIR: undefined, XDG_DATA_HOME: join(folder, "b") }), "b/jupyter"],
    [
      (folder) => ({ JUPYTER_DATA_DIR: undefined, XDG_DATA_HOME: undefined, HOME: folder }),
      ".local/share/jupyter",
    ],
  ];
  for (const [variables, place] of Deno.build.os === "linux" ? places : places.slice(0, 1)) {
    await within(variables, async (folder) => {
      await installKernel();
      await installKernel({ display: "Again" });
      const spec = await Deno.readTextFile(join(folder, place, "kernels/understudy/kernel.json"));
      assertEquals(JSON.parse(spec).display_name, "Again");
      assertEquals(await uninstallKernel(), join(folder, place, "kernels/understudy"));
    });
  }
});

Deno.test("installKernel and uninstallKernel leave another program's kernel alone", async () => {
  await within(nowhere, async (prefix) => {
    const folder = join(prefix, "share/jupyter/kernels/python3");
    await Deno.mkdir(folder, { recursive: true });
    for (const content of ['{"argv":["python"]}', "{"]) {
      await Deno.writeTextFile(join(folder, "kernel.json"), content);
      const options = { prefix, name: "python3" };
      await assertRejects(() => installKernel(options), RangeError, "not another program's");
      await assertRejects(() => uninstallKernel(options), RangeError, "not another program's");
      assertEquals(await Deno.readTextFile(join(folder, "kernel.json")), content);
    }
    await assertRejects(() => uninstallKernel({ prefix, name: "none" }), RangeError, "be a kernel below");
  });
});

Deno.test("installKernel refuses a name that Jupyter would not find or that leaves the folder", async () => {
  for (const name of ["", ".", "..", "../x", "a/b", "Study", "a b", "-x", "ä"]) {
    await assertRejects(
      () => installKernel({ name, prefix: "nowhere" }),
      RangeError,
      "'name' must be made of a-z",
    );
  }
  await assertRejects(() => installKernel({ nmae: "x" } as object), TypeError, "did you mean 'name'?");
});

Deno.test("installKernel says where it cannot write, and what to do", async () => {
  await within((folder) => ({ JUPYTER_DATA_DIR: join(folder, "file", "data") }), async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    const error = await assertRejects(() => installKernel(), Error, "--prefix FOLDER or JUPYTER_DATA_DIR");
    assertStringIncludes(error.message, join(folder, "file", "data", "kernels", "understudy"));
  });
});

Deno.test("checkDeno refuses what the kernel cannot be built on", () => {
  for (const version of ["1.46.3", "2.7.0", "2.8.1", "2.8.2", "2.8.3"]) {
    const error = assertThrows(() => checkDeno("install the kernel", version), RangeError);
    assertMatch(error.message, /^Cannot install the kernel as 'Deno' must be version 2\.9 or later/);
  }
  for (const version of ["2.9.0", "2.9.6", "2.10.1", "3.0.0-rc.1"]) checkDeno("install the kernel", version);
});
