import { dirname } from "node:path";

/**
 * Reads the lines of a stream one by one, however long it is; `undefined` stands for a line with more characters than
 * it may have. With one that is far too long, as may have no end, the stream ends.
 */
export async function* streamLines(
  stream: ReadableStream<Uint8Array>,
  mostCharacters: number,
): AsyncGenerator<string | undefined> {
  let rest = "";
  let isTooLong = false;
  let dropped = 0;
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string>)) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      if (isTooLong || rest.length + end - from > mostCharacters) yield undefined;
      else yield rest + text.slice(from, end);
      [rest, isTooLong, from] = ["", false, end + 1];
    }
    if (isTooLong && (dropped += text.length) > 16 * mostCharacters) break;
    isTooLong ||= rest.length + text.length - from > mostCharacters;
    rest = isTooLong ? "" : rest + text.slice(from);
  }
  if (isTooLong) yield undefined;
  else if (rest !== "") yield rest;
}

/** The object that a line of JSON holds; `undefined` where it holds none. */
export function parseLine(line: string | undefined): { readonly [name: string]: unknown } | undefined {
  try {
    const read: unknown = JSON.parse(line ?? "");
    return typeof read === "object" && read !== null && !Array.isArray(read) ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}

export async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  return (await Deno.open(path)).readable;
}

export async function writeFile(path: string, content: Blob): Promise<void> {
  await Deno.writeFile(path, content.stream());
}

/** Writes lines to a file, each before `write` returns: the end of the process tears at most the last. */
export class LineFile {
  readonly #file: Deno.FsFile;

  /** Opens or makes the file; `append` keeps what stands in it. */
  constructor(path: string, append: boolean) {
    Deno.mkdirSync(dirname(path), { recursive: true });
    const isTorn = append && !endsALine(path);
    this.#file = Deno.openSync(path, { create: true, append, write: true, truncate: !append });
    if (isTorn) this.write("\n");
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

/** Whether a file that is continued ends with a whole line: a process that was killed may leave half of one. */
function endsALine(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const last = new Uint8Array(1);
    if (file.statSync().size === 0) return true;
    file.seekSync(-1, Deno.SeekMode.End);
    return file.readSync(last) === 1 && last[0] === 10;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
