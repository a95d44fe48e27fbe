import { assertEquals, assertRejects } from "@std/assert";
import { interruptible } from "@understudy/understudy/kernel";
import { DenoKernel } from "../deno_kernel.ts";

Deno.test("interruptible(run) lets the stop button end a waiting cell, and the kernel lives", async () => {
  const kernel = await DenoKernel.start(import.meta.dirname!);
  try {
    await kernel.execute(
      `import { interruptible } from "@understudy/understudy/kernel"; let kept = 1;`,
      () => {},
    );
    const source = `await interruptible((signal) => new Promise((resolve) => {
      signal.addEventListener("abort", () => { kept = 2; resolve(0); });
      console.log("waiting");
    }));`;
    const reply = await kernel.execute(source, ({ header }) => {
      if (header.msg_type === "stream") kernel.interrupt();
    });
    assertEquals(reply.error, null);
    let result: unknown;
    await kernel.execute("kept", ({ header, content }) => {
      if (header.msg_type === "execute_result") {
        result = (content.data as { "text/plain": string })["text/plain"];
      }
    });
    assertEquals(result, "2");
  } finally {
    await kernel.close();
  }
});

Deno.test("interruptible(run) aborts at the first SIGINT and leaves the second one to its default", async () => {
  const module = new URL("../../../lib/kernel/showing/interruptible.ts", import.meta.url).href;
  const source = `import { interruptible } from ${JSON.stringify(module)};
    await interruptible(async (signal) => {
      signal.addEventListener("abort", () => console.log("aborted"));
      console.log("running");
      await new Promise((resolve) => setTimeout(resolve, 1e9));
    });`;
  const args = ["eval", source];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdout: "piped",
    stderr: "null",
    cwd: import.meta.dirname!,
  })
    .spawn();
  const said: string[] = [];
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    said.push(chunk.trim());
    child.kill("SIGINT");
  }
  const { signal, code } = await child.status;
  assertEquals(said, ["running", "aborted"]);
  assertEquals([signal, code], ["SIGINT", 130]);
});

Deno.test("interruptible(run) passes on what the run returns or throws, and removes its listener", async () => {
  assertEquals(await interruptible(() => Promise.resolve(7)), 7);
  await assertRejects(() => interruptible(() => Promise.reject(new RangeError("no"))), RangeError, "no");
  await assertRejects(() => interruptible("no" as never), TypeError, "must be a function of an AbortSignal");
});
