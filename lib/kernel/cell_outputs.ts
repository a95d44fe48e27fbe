import type { JupyterMessage } from "./jupyter_message.ts";
import type { DisplayOutput, NotebookOutput } from "./notebook.ts";

type Fields = { [name: string]: unknown };

/** Collects the outputs of a notebook's cells from the messages of its kernel. */
export class CellOutputs {
  // A display may be updated by a later cell; the ids hold for the run alone and are not written.
  readonly #displays = new Map<string, DisplayOutput[]>();
  #outputs: NotebookOutput[] = [];
  #clearBeforeNext = false;

  /** Starts the outputs of the next cell and returns the list that will hold them. */
  begin(): NotebookOutput[] {
    this.#outputs = [];
    this.#clearBeforeNext = false;
    return this.#outputs;
  }

  /** Takes in one message. */
  take(message: JupyterMessage): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "stream":
        return this.#print(String(content.name), String(content.text));
      case "display_data":
      case "execute_result":
        return this.#display(message.header.msg_type, content);
      case "update_display_data":
        return this.#update(content);
      case "error":
        return this.fail(
          String(content.ename),
          String(content.evalue),
          ((content.traceback ?? []) as unknown[]).map(String),
        );
      case "clear_output":
        if (content.wait === true) this.#clearBeforeNext = true;
        else this.#outputs.length = 0;
    }
  }

  /** Adds what the cell threw. */
  fail(name: string, message: string, stack: readonly string[]): void {
    this.#add({ output_type: "error", ename: name, evalue: message, traceback: [...stack] });
  }

  #print(name: string, text: string): void {
    const last = this.#clearBeforeNext ? undefined : this.#outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#add({ output_type: "stream", name, text });
  }

  #display(kind: "display_data" | "execute_result", content: JupyterMessage["content"]): void {
    const output: DisplayOutput = {
      output_type: kind,
      data: { ...(content.data as Fields) },
      metadata: { ...(content.metadata as Fields) },
    };
    if (kind === "execute_result") output.execution_count = Number(content.execution_count);
    this.#add(output);
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output]);
  }

  #update(content: JupyterMessage["content"]): void {
    for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
      output.data = { ...(content.data as Fields) };
      output.metadata = { ...(content.metadata as Fields) };
    }
  }

  #add(output: NotebookOutput): void {
    if (this.#clearBeforeNext) this.#outputs.length = 0;
    this.#clearBeforeNext = false;
    this.#outputs.push(output);
  }
}

function displayId(content: JupyterMessage["content"]): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id;
}
