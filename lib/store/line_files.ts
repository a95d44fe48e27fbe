import { dirname } from "node:path";

/**
 * Reads the lines of a stream one by one, however long it is; `undefined` stands for a line with more characters than
 * it may have.
 */
export async function* streamLines(
  stream: ReadableStream<Uint8Array>,
  mostCharacters: number,
): AsyncGenerator<string | undefined> {
  let rest = "";
  let isTooLong = false;
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string>)) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      if (isTooLong || rest.length + end - from > mostCharacters) yield undefined;
      else yield rest + text.slice(from, end);
      [rest, isTooLong, from] = ["", false, end + 1];
    }
    isTooLong ||= rest.length + text.length - from > mostCharacters;
    rest = isTooLong ? "" : rest + text.slice(from);
  }
  if (isTooLong) yield undefined;
  else if (rest !== "") yield rest;
}

/** The bytes of a file, as they are read. */
export async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  return (await Deno.open(path)).readable;
}

/** Writes a file anew. */
export async function writeFile(path: string, content: Blob): Promise<void> {
  await Deno.writeFile(path, content.stream());
}

/**
 * Writes whole lines to a file: each text that is given, which ends in a line's end, with one call to the system, so
 * that the end of the process leaves whole lines.
 */
export class LineFile {
  readonly #file: Deno.FsFile;

  /** Opens or makes the file; `append` keeps what stands in it. */
  constructor(path: string, append: boolean) {
    Deno.mkdirSync(dirname(path), { recursive: true });
    this.#file = Deno.openSync(path, { create: true, append, write: true, truncate: !append });
  }

  /** Writes a text of whole lines. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  /** Puts what was written on the disk, and closes the file. */
  close(): void {
    this.#file.syncDataSync();
    this.#file.close();
  }
}
