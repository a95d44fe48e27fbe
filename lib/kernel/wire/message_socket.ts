// ZeroMQ's protocol, ZMTP 3.0 (https://rfc.zeromq.org/spec/23/), without encryption, as far as kernels and their
// clients need it. Written out because the native library crashes under Deno as soon as one of its calls fails, and
// takes the process that runs the notebook with it.

import { Buffer } from "node:buffer";

/** The kind of this end of a connection: DEALER speaks with ROUTER, SUB with XPUB, REQ with REP. */
export type SocketKind = "DEALER" | "SUB" | "REQ" | "ROUTER" | "XPUB" | "REP";

/** This end of a connection; a ROUTER tells its peers apart by their `identity`, of at most 255 bytes. */
export interface SocketEnd {
  readonly kind: SocketKind;
  readonly identity?: Uint8Array;
}

const flags = { more: 1, long: 2, command: 4 } as const;
const greetingLength = 64;
const greeting = Buffer.alloc(greetingLength);
greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
greeting.write("NULL", 12, "latin1");

// What a message, or all that a peer does not read, may take; each frame takes some of it, however short.
const [mostBytes, frameCostBytes] = [2 ** 30, 2 ** 16];

/** One connection between two ZeroMQ sockets, of either side. */
export class MessageSocket {
  readonly #chunk = new Uint8Array(2 ** 16);
  #read: Uint8Array = this.#chunk.subarray(0, 0);
  #unsentBytes = 0;
  #writing = Promise.resolve();
  #closed = false;
  /** The name that the other side gave itself; empty where it gave none. */
  peerIdentity: Uint8Array = new Uint8Array(0);

  private constructor(readonly connection: Deno.TcpConn) {}

  /** Connects and shakes hands; rejects with `ConnectionRefused` where nobody listens yet. */
  static async connect(address: Deno.ConnectOptions, end: SocketEnd): Promise<MessageSocket> {
    return await MessageSocket.accept(await Deno.connect(address), end);
  }

  /** Shakes hands over a connection that another side has opened; closes it where that fails. */
  static async accept(connection: Deno.TcpConn, end: SocketEnd): Promise<MessageSocket> {
    const socket = new MessageSocket(connection);
    try {
      await socket.#shakeHands(end);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Sends a message after those before it; a connection that has ended takes it and does nothing. */
  send(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    this.#write(Buffer.concat(frames.flatMap((body, place) => [head(body, place < last), body])));
  }

  /** Resolves when all that was sent has left this process. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  /** The frames of the next message; rejects when the connection has ended. */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    for (let room = mostBytes;;) {
      const { flag, body } = await this.#readFrame(room);
      if (flag & flags.command) continue;
      frames.push(body);
      if (!(flag & flags.more)) return frames;
      room -= body.length + frameCostBytes;
    }
  }

  /** Ends the connection; a pending `receive` rejects. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.close();
  }

  // RFC 23: greeting = signature, version 3.0, mechanism in 20 bytes, as-server, filler; then READY commands.
  async #shakeHands({ kind, identity = new Uint8Array(0) }: SocketEnd): Promise<void> {
    this.connection.setNoDelay(true);
    this.#write(greeting);
    const answer = await this.#readBytes(greetingLength);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      throw new Error("The other side does not speak ZMTP 3");
    }
    // Names stand after one byte with their length, values after four.
    const name = Buffer.from(identity).toString("latin1");
    const properties = [["Socket-Type", kind], ...(name === "" ? [] : [["Identity", name]])] as const;
    const lines = properties.map(([key, value]) => `${counted(key)}\0\0\0${counted(value)}`);
    const ready = Buffer.from(`${counted("READY")}${lines.join("")}`, "latin1");
    this.#write(Buffer.concat([head(ready, false, flags.command), ready]));
    const { flag, body } = await this.#readFrame(mostBytes);
    const command = body.toString("latin1");
    if (!(flag & flags.command) || !command.startsWith(counted("READY"))) {
      throw new Error("The other side refuses the handshake");
    }
    const nameAt = command.toLowerCase().indexOf(counted("identity"));
    if (nameAt >= 0) {
      const valueAt = nameAt + counted("identity").length + 4;
      this.peerIdentity = body.subarray(valueAt, valueAt + body.readUInt32BE(valueAt - 4));
    }
    // A subscription to everything: a message of the byte 1 and no prefix.
    if (kind === "SUB") this.send([new Uint8Array([1])]);
  }

  async #readFrame(mostBytes: number): Promise<{ flag: number; body: Buffer }> {
    const flag = (await this.#readBytes(1))[0]!;
    let size = 0;
    for (const byte of await this.#readBytes(flag & flags.long ? 8 : 1)) size = 256 * size + byte;
    if (size > mostBytes) throw new Error(`The other side announces ${size} bytes: too many`);
    return { flag, body: await this.#readBytes(size) };
  }

  // Memory follows what has arrived, not what was announced.
  async #readBytes(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let missing = size; missing > 0; missing -= parts.at(-1)!.length) {
      if (this.#read.length === 0) {
        const length = await this.connection.read(this.#chunk);
        if (length === null) throw new Error("The other side closed the connection");
        this.#read = this.#chunk.subarray(0, length);
      }
      parts.push(this.#read.slice(0, missing));
      this.#read = this.#read.subarray(missing);
    }
    return Buffer.concat(parts);
  }

  #write(bytes: Uint8Array): void {
    this.#unsentBytes += bytes.length;
    // Whoever does not read what it asked for is let go before it fills the memory.
    if (this.#unsentBytes > mostBytes) this.close();
    this.#writing = this.#writing.then(async () => {
      for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
      this.#unsentBytes -= bytes.length;
      // Whoever receives from this connection learns that it has ended.
    }).catch(() => this.close());
  }
}

function head(body: Uint8Array, more: boolean, kind = 0): Uint8Array {
  const flag = kind | (more ? flags.more : 0);
  if (body.length < 256) return Buffer.from([flag, body.length]);
  const bytes = Buffer.from([flag | flags.long, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigUInt64BE(BigInt(body.length), 1);
  return bytes;
}

function counted(text: string): string {
  return String.fromCharCode(text.length) + text;
}
