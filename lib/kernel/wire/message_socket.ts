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

// What a peer that does not keep to the protocol can make this side hold, or wait for.
const mostMessageBytes = 2 ** 30;
const mostUnsentBytes = 2 ** 30;
const mostCommandBytes = 2 ** 16;
const frameCostBytes = 2 ** 16;
const handshakeTimeoutMs = 10_000;

const chunkBytes = 2 ** 16;
const firstFrameBytes = 2 ** 20;

/** One connection between two ZeroMQ sockets, of either side. */
export class MessageSocket {
  readonly #chunk = new Uint8Array(chunkBytes);
  #read: Uint8Array = this.#chunk.subarray(0, 0);
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #writing: Promise<void> | undefined;
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
    const timer = setTimeout(() => socket.close(), handshakeTimeoutMs);
    try {
      connection.setNoDelay(true);
      await socket.#shakeHands(end);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      clearTimeout(timer);
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
    let room = mostMessageBytes;
    while (true) {
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
    this.#unsent = [];
    this.connection.close();
  }

  // RFC 23: greeting = signature, version 3.0, mechanism in 20 bytes, as-server, filler; then READY commands.
  async #shakeHands({ kind, identity = new Uint8Array(0) }: SocketEnd): Promise<void> {
    this.#write(greeting);
    const answer = await this.#readBytes(greetingLength);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      throw this.#refuse("does not speak ZMTP 3");
    }
    // Names stand after one byte with their length, values after four.
    const name = Buffer.from(identity).toString("latin1");
    const properties = [["Socket-Type", kind], ...(name === "" ? [] : [["Identity", name]])] as const;
    const lines = properties.map(([key, value]) => `${counted(key)}\0\0\0${counted(value)}`);
    const ready = Buffer.from(`${counted("READY")}${lines.join("")}`, "latin1");
    this.#write(Buffer.concat([head(ready, false, flags.command), ready]));
    const { flag, body } = await this.#readFrame(mostCommandBytes);
    if (!(flag & flags.command)) throw this.#refuse("sends a message before its handshake");
    this.peerIdentity = this.#readIdentity(Buffer.from(body));
    // A subscription to everything: a message of the byte 1 and no prefix.
    if (kind === "SUB") this.send([new Uint8Array([1])]);
  }

  #readIdentity(command: Buffer): Uint8Array {
    if (command.toString("latin1", 0, 6) !== "\x05READY") throw this.#refuse("refuses the handshake");
    let identity = new Uint8Array(0);
    for (let at = 6; at < command.length;) {
      const valueAt = at + 1 + command[at]! + 4;
      if (valueAt > command.length) throw this.#refuse("sends a broken handshake");
      const end = valueAt + command.readUInt32BE(valueAt - 4);
      const name = command.toString("latin1", at + 1, valueAt - 4);
      if (name.toLowerCase() === "identity") identity = new Uint8Array(command.subarray(valueAt, end));
      at = end;
    }
    return identity;
  }

  async #readFrame(mostBytes: number): Promise<{ flag: number; body: Uint8Array }> {
    const flag = (await this.#readBytes(1))[0]!;
    let size = 0;
    for (const byte of await this.#readBytes(flag & flags.long ? 8 : 1)) size = 256 * size + byte;
    const most = flag & flags.command ? mostCommandBytes : mostBytes;
    if (size > most) throw this.#refuse(`announces ${size} bytes where ${most} are allowed`);
    return { flag, body: await this.#readBytes(size) };
  }

  // Memory follows what has arrived, not what was announced; doubling keeps the copying linear.
  async #readBytes(size: number): Promise<Uint8Array> {
    let bytes: Uint8Array = new Uint8Array(Math.min(size, firstFrameBytes));
    for (let filled = 0; filled < size;) {
      if (filled === bytes.length) bytes = Buffer.concat([bytes], Math.min(size, 2 * filled));
      if (this.#read.length === 0) this.#read = await this.#readChunk();
      const part = this.#read.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#read = this.#read.subarray(part.length);
    }
    return bytes;
  }

  async #readChunk(): Promise<Uint8Array> {
    const length = await this.connection.read(this.#chunk);
    if (length === null) throw this.#refuse("closed the connection");
    return this.#chunk.subarray(0, length);
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
    // Whoever does not read what it asked for is let go before it fills the memory.
    if (this.#unsentBytes > mostUnsentBytes) this.close();
    else this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#unsent.length > 0) {
        const bytes = this.#unsent.length === 1 ? this.#unsent[0]! : Buffer.concat(this.#unsent);
        this.#unsent = [];
        for (let sent = 0; sent < bytes.length;) sent += await this.connection.write(bytes.subarray(sent));
        this.#unsentBytes -= bytes.length;
      }
    } catch {
      // Whoever receives from this connection learns that it has ended.
      this.close();
    }
    // In the same turn in which nothing was left: what is sent in the next one begins anew.
    this.#writing = undefined;
  }

  #refuse(what: string): Error {
    this.close();
    return new Error(`The other side ${what}`);
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
