import { assertEquals } from "@std/assert";
import { runNotebook } from "@understudy/understudy/kernel";
import { withNotebook } from "../notebook_fixture.ts";
import { compareWithNbconvert, findNbconvert } from "./execute_by_nbconvert.ts";

const command = await findNbconvert();
const without = command === undefined ? " (left out: nbconvert is not installed)" : "";

Deno.test({
  name: `a notebook that nbconvert executes has the outputs of our own runner, errors too${without}`,
  ignore: command === undefined,
  fn: async () => {
    const cells = [
      "const names = ['a', 'b'];\nfor (const name of names) console.log(name);\nnames.length",
      "console.error('said'); await new Promise((go) => setTimeout(go, 20)); Deno.jupyter.html`<b>bold</b>`",
      "throw new RangeError('out of range')",
      "names.join('')",
    ];
    await withNotebook(cells, async (path) => {
      await runNotebook(path, { output: path, allowErrors: true });
      const differences = await compareWithNbconvert(path, { command: command!, kernel: "understudy" });
      assertEquals(differences, []);
    });
  },
});
