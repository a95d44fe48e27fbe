import { ListeningSocket } from "../wire/listening_socket.ts";
import {
  type Fields,
  type JupyterMessage,
  makeMessage,
  packMessage,
  unpackMessage,
} from "../wire/messages.ts";
import { randomUUID } from "node:crypto";

/** The sockets of a kernel, by what Jupyter calls their ports. */
const kinds = { shell: "ROUTER", control: "ROUTER", stdin: "ROUTER", iopub: "XPUB", hb: "REP" } as const;

type Channel = keyof typeof kinds;

/** Where Jupyter wants a kernel to listen, and the key that signs messages: its connection file. */
export type JupyterConnection = Readonly<Record<`${Channel}_port`, number> & Record<"ip" | "key", string>>;

/** A request of a front end: shell's wait for one another, control's are answered at once. */
export type FrontEndRequest = JupyterMessage & { readonly channel: Channel };

/** The front ends of a kernel (notebooks, consoles, programs that execute notebooks), over the kernel's five sockets. */
export class FrontEnd {
  readonly #session = randomUUID();
  readonly #sockets = new Map<Channel, ListeningSocket>();
  #answer = (_: string) => {};

  constructor(readonly connection: JupyterConnection, readonly take: (request: FrontEndRequest) => void) {
    for (const channel of Object.keys(kinds) as Channel[]) {
      const socket = new ListeningSocket({
        hostname: connection.ip,
        port: connection[`${channel}_port`],
        kind: kinds[channel],
        onMessage: (frames) => this.#receive(frames, channel),
        // A subscriber that waits for this loses nothing of what it asks for next.
        onSubscribe: (topic, welcome) => {
          const content = { subscription: new TextDecoder().decode(topic) };
          welcome(this.#pack("iopub_welcome", { identities: [topic], content }));
        },
      });
      this.#sockets.set(channel, socket);
    }
  }

  /** Publishes to all front ends what came of a request, or by itself. */
  publish(
    type: string,
    content: Fields,
    { request, ...parts }: Partial<JupyterMessage> & { request?: FrontEndRequest | undefined } = {},
  ): void {
    const identities = [new TextEncoder().encode(`kernel.${this.#session}.${type}`)];
    const parent_header = request?.header ?? {};
    this.#sockets.get("iopub")!.publish(this.#pack(type, { ...parts, identities, parent_header, content }));
  }

  /** Answers a request, to the front end that sent it. */
  reply({ channel, identities, header }: FrontEndRequest, content: Fields): void {
    const type = header.msg_type.replace(/_request$/, "_reply");
    this.#sockets.get(channel)!.send(this.#pack(type, { identities, parent_header: header, content }));
  }

  /** Asks the person who sent a request; empty where its front end cannot ask. */
  async ask(request: FrontEndRequest, content: Fields): Promise<string> {
    const { identities, header } = request;
    const question = this.#pack("input_request", { identities, parent_header: header, content });
    const isAsked = request.content.allow_stdin === true && this.#sockets.get("stdin")!.send(question);
    return isAsked ? await new Promise((resolve) => this.#answer = resolve) : "";
  }

  /** Sends what is still to be sent and closes the sockets. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) {
      await socket.flushed();
      socket.close();
    }
  }

  #receive(frames: Uint8Array[], channel: Channel): void {
    let message;
    try {
      message = unpackMessage(frames, this.connection.key);
    } catch {
      // Somebody without the key: there is nobody to answer.
      return;
    }
    if (channel !== "stdin") this.take({ ...message, channel });
    else if (message.header.msg_type === "input_reply") this.#answer(String(message.content.value ?? ""));
  }

  #pack(type: string, parts: Partial<JupyterMessage>): Uint8Array[] {
    return packMessage(makeMessage(type, { session: this.#session, ...parts }), this.connection.key);
  }
}
