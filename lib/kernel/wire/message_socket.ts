// ZeroMQ's protocol, ZMTP 3.0 (https://rfc.zeromq.org/spec/23/), as far as a client of a kernel needs it: no
// encryption, the socket types DEALER and SUB. Written out because the native library crashes under Deno as soon as
// one of its calls fails, and takes the process that runs the notebook with it.

import { Buffer } from "node:buffer";

const encoder = new TextEncoder();
const greetingLength = 64;
const flags = { more: 1, long: 2, command: 4 } as const;

/** One connection of a client to a ZeroMQ socket. */
export class MessageSocket {
  #buffer: Uint8Array = new Uint8Array(0);

  private constructor(readonly connection: Deno.Conn) {}

  /** Connects and shakes hands; rejects with `ConnectionRefused` where nobody listens yet. */
  static async connect(hostname: string, port: number, kind: "DEALER" | "SUB"): Promise<MessageSocket> {
    const connection = await Deno.connect({ hostname, port });
    const socket = new MessageSocket(connection);
    try {
      await socket.#greet(kind);
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  /** Sends the frames of one message. */
  async send(frames: readonly string[]): Promise<void> {
    const bytes = frames.map((text, place) => frame(encoder.encode(text), place < frames.length - 1));
    await this.#write(Buffer.concat(bytes));
  }

  /** The frames of the next message. */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    while (true) {
      const { flag, body } = await this.#readFrame();
      if (flag & flags.command) continue;
      frames.push(body);
      if (!(flag & flags.more)) return frames;
    }
  }

  /** Ends the connection; a pending `receive` rejects. */
  close(): void {
    try {
      this.connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  // RFC 23: greeting = signature, version 3.0, mechanism in 20 bytes, as-server, filler; then the READY command.
  async #greet(kind: "DEALER" | "SUB"): Promise<void> {
    const greeting = new Uint8Array(greetingLength);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
    greeting.set(encoder.encode("NULL"), 12);
    await this.#write(greeting);
    const answer = await this.#read(greetingLength);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      throw new Error("Cannot connect to the kernel: its port does not speak ZMTP 3");
    }
    // Names stand after one byte with their length, values after four.
    const type = `\x0bSocket-Type\0\0\0${String.fromCharCode(kind.length)}${kind}`;
    const ready = Buffer.from(`\x05READY${type}\x08Identity\0\0\0\0`, "latin1");
    await this.#write(Buffer.concat([new Uint8Array([flags.command, ready.length]), ready]));
    await this.#readFrame();
    // A subscription to everything: a message of the byte 1 and no prefix.
    if (kind === "SUB") await this.#write(frame(new Uint8Array([1]), false));
  }

  async #readFrame(): Promise<{ flag: number; body: Uint8Array }> {
    const flag = (await this.#read(1))[0]!;
    const header = await this.#read(flag & flags.long ? 8 : 1);
    const size = header.reduce((total, byte) => total * 256 + byte, 0);
    return { flag, body: await this.#read(size) };
  }

  async #read(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (true) {
      const part = this.#buffer.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#buffer = this.#buffer.subarray(part.length);
      if (filled === size) return bytes;
      const chunk = new Uint8Array(65536);
      const length = await this.connection.read(chunk);
      if (length === null) throw new Error("The kernel closed the connection");
      this.#buffer = chunk.subarray(0, length);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
  }
}

function frame(body: Uint8Array, more: boolean): Uint8Array {
  const flag = more ? flags.more : 0;
  if (body.length < 256) return Buffer.concat([new Uint8Array([flag, body.length]), body]);
  const header = new Uint8Array(9);
  header[0] = flag | flags.long;
  new DataView(header.buffer).setBigUint64(1, BigInt(body.length));
  return Buffer.concat([header, body]);
}
