/**
 * The toolkit's commands: `deno run -A cli.ts --help` lists them, and `COMMAND --help` says what one takes.
 *
 * Exit status 0: done, and what was asked for holds; 1: it failed or does not hold; 2: the command was called wrongly.
 *
 * @module
 */
import { type Command, print, runCommand } from "./cli/command_line.ts";

const kernelOptions = {
  name: ["NAME", "the name by which notebooks call it (understudy)"],
  prefix: ["FOLDER", "the folder of an environment, instead of the user's own"],
} as const;

const runOptions = {
  output: ["PATH", "write the new run there, a file or a folder, and leave the notebook as it is"],
  timeout: ["SECONDS", "how long a cell may take before it is stopped (600)"],
} as const;

/** Every command; each loads what it needs when it is called. */
const commands: readonly Command[] = [
  {
    name: "notebook run",
    words: "FILE...",
    about: "Execute notebooks from the first cell to the last and keep their outputs",
    takes: [1, Infinity],
    options: {
      ...runOptions,
      "go-on": ["", "run the cells after one that fails, too"],
      format: ["", "format the cells as deno fmt does"],
    },
    run: async ({ words, text, number, isOn }) => {
      const { runNotebooks } = await import("./cli/notebook_commands.ts");
      const settings = { output: text("output"), timeout: number("timeout") };
      return await runNotebooks(words, { ...settings, goOn: isOn("go-on"), format: isOn("format") });
    },
  },
  {
    name: "notebook verify",
    words: "FILE...",
    about: "Run notebooks again, without network or keys, and name every output that differs",
    takes: [1, Infinity],
    options: {
      ...runOptions,
      live: [
        "K",
        "run K times against the real respondent instead: numbers must lie where one more run would",
      ],
    },
    run: async ({ words, text, number }) => {
      const { verifyNotebooks } = await import("./cli/notebook_commands.ts");
      const settings = { output: text("output"), timeout: number("timeout") };
      return await verifyNotebooks(words, { ...settings, live: number("live") });
    },
  },
  {
    name: "notebook check",
    words: "FILE...",
    about: "Check the types of the cells, as they follow each other, without running them",
    takes: [1, Infinity],
    run: async ({ words }) => {
      const { checkNotebooks } = await import("./cli/notebook_commands.ts");
      return await checkNotebooks(words);
    },
  },
  {
    name: "notebook publish",
    words: "FILE...",
    about:
      "Write each notebook as one web page, with the notebook and the files that it names to save from it",
    takes: [1, Infinity],
    options: {
      output: ["FOLDER", "where the pages go (beside the notebooks)"],
      code: ["HOW", "shown, folded or hidden (shown)"],
    },
    run: async ({ words, text }) => {
      const { publishNotebooks } = await import("./cli/notebook_commands.ts");
      await publishNotebooks(words, { output: text("output"), code: text("code") });
    },
  },
  {
    name: "notebook bundle",
    words: "FILE [MORE...]",
    about: "Pack a notebook for a journal with all it needs, so that it verifies where there is only Deno",
    takes: [1, Infinity],
    options: {
      output: ["ZIP", "the file to write (the notebook's name, .zip)"],
      unchecked: ["", "do not verify the bundle before it is written"],
    },
    run: async ({ words: [file, ...files], text, isOn }) => {
      const { packNotebook } = await import("./cli/notebook_commands.ts");
      await packNotebook(file!, { files, output: text("output"), verify: !isOn("unchecked") });
    },
  },
  {
    name: "kernel install",
    words: "",
    about: "Add the kernel to Jupyter, JupyterLab and editors such as VS Code",
    takes: [0, 0],
    options: { ...kernelOptions, display: ["TEXT", "the name in their menus (Understudy (Deno))"] },
    run: async ({ text }) => {
      const { installKernel } = await import("./lib/kernel/jupyter/kernelspec.ts");
      print(await installKernel({ name: text("name"), display: text("display"), prefix: text("prefix") }));
    },
  },
  {
    name: "kernel uninstall",
    words: "",
    about: "Take the kernel away again",
    takes: [0, 0],
    options: kernelOptions,
    run: async ({ text }) => {
      const { uninstallKernel } = await import("./lib/kernel/jupyter/kernelspec.ts");
      print(`Removed ${await uninstallKernel({ name: text("name"), prefix: text("prefix") })}`);
    },
  },
  {
    name: "kernel run",
    words: "CONNECTION_FILE",
    about: "Serve a kernel to Jupyter, which calls this itself",
    takes: [1, 1],
    run: async ({ words: [file] }) => {
      const { serveJupyter } = await import("./lib/kernel/jupyter/serve_jupyter.ts");
      await serveJupyter(file!);
    },
  },
  {
    name: "init",
    words: "FOLDER",
    about: "Make a folder for a study of your own",
    takes: [1, 1],
    run: async ({ words: [folder] }) => {
      const { makeStudy } = await import("./init.ts");
      print((await makeStudy(folder!)).join("\n"));
    },
  },
  {
    name: "workshop",
    words: "FOLDER",
    about: "Copy the exercises of the workshop to a folder of your own",
    takes: [1, 1],
    run: async ({ words: [folder] }) => {
      const { copyWorkshop } = await import("./notebooks/workshop/copy_workshop.ts");
      print((await copyWorkshop(folder!)).join("\n"));
      print(`\nNext: open ${folder}/01_personas.ipynb in Jupyter or VS Code.`);
    },
  },
];

if (import.meta.main) Deno.exit(await runCommand(commands, Deno.args));
