import { MessageSocket } from "./message_socket.ts";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";

/** Options of {@linkcode ListeningSocket}. */
export interface ListeningSocketOptions {
  readonly hostname: string;
  readonly port: number;
  /** ROUTER receives and answers each peer, XPUB publishes to those that subscribed, REP echoes (a heartbeat). */
  readonly kind: "ROUTER" | "XPUB" | "REP";
  /** ROUTER: called with each message, the identity of its peer first. May not throw. */
  readonly onMessage?: (frames: Uint8Array[]) => void;
  /** XPUB: called with each new subscription; `welcome` sends to that subscriber alone, the topic first. */
  readonly onSubscribe?: (topic: Uint8Array, welcome: (frames: readonly Uint8Array[]) => void) => void;
}

interface Peer {
  readonly socket: MessageSocket;
  readonly topics: Set<string>;
}

// More than a kernel's clients ever are.
const mostPeers = 1000;

/** A socket to which others connect: a kernel's side of the wire. */
export class ListeningSocket {
  readonly #listener: Deno.TcpListener;
  readonly #peers = new Map<string, Peer>();
  #closed = false;

  /** Listens at once; throws `AddrInUse` where the port is taken. */
  constructor(readonly options: ListeningSocketOptions) {
    this.#listener = Deno.listen({ hostname: options.hostname, port: options.port });
    void this.#accept();
  }

  /** The port; another than asked for where that was 0. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** ROUTER: sends to the peer whose identity comes first; `false` where it is not connected. */
  send(frames: readonly Uint8Array[]): boolean {
    const peer = this.#peers.get(keyOf(frames[0]!));
    peer?.socket.send(frames.slice(1));
    return peer !== undefined;
  }

  /** XPUB: sends to all who subscribed to a beginning of the first frame. */
  publish(frames: readonly Uint8Array[]): void {
    const topic = keyOf(frames[0]!);
    for (const { socket, topics } of this.#peers.values()) {
      if ([...topics].some((beginning) => topic.startsWith(beginning))) socket.send(frames);
    }
  }

  /** Resolves when all that was sent has left this process. */
  async flushed(): Promise<void> {
    await Promise.all([...this.#peers.values()].map(({ socket }) => socket.flushed()));
  }

  /** Ends all connections. */
  close(): void {
    this.#closed = true;
    this.#listener.close();
    for (const { socket } of this.#peers.values()) socket.close();
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      const connection = await this.#listener.accept().catch(() => null);
      if (connection !== null) void this.#serve(connection);
      // The system may have no connection left for a while.
      else if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const socket = await MessageSocket.accept(connection, this.options).catch(() => null);
    if (socket === null) return;
    const given = socket.peerIdentity;
    // Names that begin with 0 are given by this side.
    const identity = given.length > 0 && given[0] !== 0 ? given : Buffer.of(0, ...randomBytes(4));
    const [key, peer] = [keyOf(identity), { socket, topics: new Set<string>() }];
    // A peer that comes back takes its name over from the connection that it lost.
    this.#peers.get(key)?.socket.close();
    this.#peers.set(key, peer);
    if (this.#closed || this.#peers.size > mostPeers) socket.close();
    for (let frames; (frames = await socket.receive().catch(() => null)) !== null;) {
      if (this.options.kind === "REP") socket.send(frames);
      else if (this.options.kind === "XPUB") this.#subscribe(peer, frames[0]!);
      else this.options.onMessage?.([identity, ...frames]);
    }
    if (this.#peers.get(key) === peer) this.#peers.delete(key);
    socket.close();
  }

  // A subscription is the byte 1 and a topic, its end the byte 0 and the topic.
  #subscribe({ socket, topics }: Peer, frame: Uint8Array): void {
    const topic = frame.subarray(1);
    if (frame[0] === 0) topics.delete(keyOf(topic));
    if (frame[0] !== 1) return;
    topics.add(keyOf(topic));
    this.options.onSubscribe?.(topic, (frames) => socket.send(frames));
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
