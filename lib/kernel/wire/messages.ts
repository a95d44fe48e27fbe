import { Buffer } from "node:buffer";
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Fields of a message, as JSON gives them. */
export type Fields = { readonly [name: string]: unknown };

/** The header of a message; further fields are kept. */
export type MessageHeader = Fields & { readonly msg_id: string; readonly msg_type: string };

/** A message of the Jupyter wire protocol. */
export interface JupyterMessage {
  /** Who sent it, as a ROUTER tells; a topic where it is published. */
  readonly identities: readonly Uint8Array[];
  readonly header: MessageHeader;
  /** The header of the request that it belongs to; empty where there is none. */
  readonly parent_header: Fields & { readonly msg_id?: string };
  readonly metadata: Fields;
  readonly content: Fields;
  readonly buffers: readonly Uint8Array[];
}

/** Separates the identities of a message from its signed part. */
const delimiter = Buffer.from("<IDS|MSG>", "latin1");

/** Makes a message of a session; what is not given is empty. */
export function makeMessage(
  type: string,
  parts: { session: string; content?: Fields } & Partial<Omit<JupyterMessage, "header">>,
): JupyterMessage {
  const { session, identities = [], parent_header = {}, metadata = {}, content = {}, buffers = [] } = parts;
  const own = { username: "understudy", date: new Date().toISOString(), version: "5.3" };
  const header = { msg_id: randomUUID(), msg_type: type, session, ...own };
  return { identities, header, parent_header, metadata, content, buffers };
}

/** Writes a message as frames, signed with the connection's key; an empty key signs nothing. */
export function packMessage(message: JupyterMessage, key: string): Uint8Array[] {
  const { identities, header, parent_header, metadata, content, buffers } = message;
  const parts = [header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [...identities, delimiter, Buffer.from(sign(parts, key), "latin1"), ...parts, ...buffers];
}

/**
 * Reads a message from its frames.
 *
 * @throws {TypeError | SyntaxError} if it is none, or if its signature is wrong: somebody without the key sent it
 */
export function unpackMessage(frames: readonly Uint8Array[], key: string): JupyterMessage {
  const start = frames.findIndex((frame) => delimiter.equals(frame));
  const parts = frames.slice(start + 2, start + 6);
  if (start < 0 || parts.length < 4) throw wrong(`it has ${frames.length} frames`);
  const [expected, given] = [Buffer.from(sign(parts, key), "latin1"), frames[start + 1]!];
  if (key !== "" && (expected.length !== given.length || !timingSafeEqual(expected, given))) {
    throw wrong("its signature is wrong");
  }
  const [header, parent_header, metadata, content] = parts.map(readPart) as [Fields, Fields, Fields, Fields];
  if (typeof header.msg_type !== "string") throw wrong("its header has no type");
  const [identities, buffers] = [frames.slice(0, start), frames.slice(start + 6)];
  return { identities, header: header as MessageHeader, parent_header, metadata, content, buffers };
}

// Jupyter wire protocol 5.3: HMAC-SHA256 over header, parent header, metadata and content, in this order.
function sign(parts: readonly Uint8Array[], key: string): string {
  return key === "" ? "" : createHmac("sha256", key).update(Buffer.concat(parts)).digest("hex");
}

function readPart(bytes: Uint8Array): Fields {
  const part: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (typeof part === "object" && part !== null && !Array.isArray(part)) return part as Fields;
  throw wrong("a part of it is no object");
}

function wrong(why: string): TypeError {
  return new TypeError(`Cannot read a message of Jupyter: ${why}`);
}
