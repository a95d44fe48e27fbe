/** Longest body that is read, in bytes: 4 MiB, far more than any survey's prompt or reply. */
export const mostBodyBytes: number = 4 * 1024 * 1024;

export interface ReadBody {
  readonly text: string;
  /** Whether the body has more than was read of it. */
  readonly cut: boolean;
}

/** Reads a body as far as it may be read: what comes over a wire may be endless. */
export async function readBody(answer: Request | Response, mostBytes = mostBodyBytes): Promise<ReadBody> {
  const { body, headers } = answer;
  // A body that says how long it is, and is not packed, is no longer than that; it need not be read piece by piece.
  const told = headers.has("content-encoding") ? NaN : Number(headers.get("content-length") ?? NaN);
  if (told <= mostBytes) return { text: await answer.text(), cut: false };
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  // Leaving the loop cancels the stream, and so closes the connection.
  for await (const chunk of body ?? []) {
    chunks.push((chunk as Uint8Array<ArrayBuffer>).subarray(0, mostBytes - size));
    size += chunk.byteLength;
    if (size > mostBytes) break;
  }
  return { text: await new Blob(chunks).text(), cut: size > mostBytes };
}
