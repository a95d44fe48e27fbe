import { Buffer } from "node:buffer";
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** A message of the Jupyter wire protocol, without its envelope. */
export interface JupyterMessage {
  /** Who sent it and what it is. */
  readonly header: { readonly msg_id: string; readonly msg_type: string; readonly [name: string]: unknown };
  /** The header of the request that it belongs to; empty where there is none. */
  readonly parent_header: { readonly msg_id?: string; readonly [name: string]: unknown };
  /** Details that no part of this client reads. */
  readonly metadata: { readonly [name: string]: unknown };
  /** What it says. */
  readonly content: { readonly [name: string]: unknown };
}

/** Separates the addresses of a message from its signed part. */
const delimiter = "<IDS|MSG>";

/** Makes a request of the given kind, with an id of its own. */
export function makeRequest(
  session: string,
  kind: string,
  content: { readonly [name: string]: unknown },
): JupyterMessage {
  const header = {
    msg_id: randomUUID(),
    msg_type: kind,
    session,
    username: "understudy",
    date: new Date().toISOString(),
    version: "5.3",
  };
  return { header, parent_header: {}, metadata: {}, content };
}

/** Writes a message as the frames that go over the wire, signed with the connection's key. */
export function encodeMessage(message: JupyterMessage, key: string): string[] {
  const { header, parent_header, metadata, content } = message;
  const parts = [header, parent_header, metadata, content].map((part) => JSON.stringify(part));
  return [delimiter, sign(parts, key), ...parts];
}

/**
 * Reads a message from its frames.
 *
 * @throws {TypeError} if the frames are no message, or the signature is not the connection's
 */
export function decodeMessage(frames: readonly Uint8Array[], key: string): JupyterMessage {
  const texts = frames.map((frame) => Buffer.from(frame).toString("utf8"));
  const start = texts.indexOf(delimiter);
  const [signature, ...parts] = texts.slice(start + 1);
  if (start < 0 || signature === undefined || parts.length < 4) {
    throw new TypeError(`Cannot read a message of the kernel: it has ${frames.length} frames`);
  }
  const signed = parts.slice(0, 4);
  const expected = Buffer.from(sign(signed, key));
  const actual = Buffer.from(signature);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new TypeError("Cannot read a message of the kernel: its signature is wrong");
  }
  const [header, parent_header, metadata, content] = signed.map((part) => JSON.parse(part));
  return { header, parent_header, metadata, content };
}

// Jupyter wire protocol 5.3: HMAC-SHA256 over header, parent header, metadata and content, in this order.
function sign(parts: readonly string[], key: string): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part, "utf8");
  return hmac.digest("hex");
}
