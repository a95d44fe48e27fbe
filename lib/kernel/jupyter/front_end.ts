import { ListeningSocket } from "../wire/listening_socket.ts";
import {
  type Fields,
  type JupyterMessage,
  makeMessage,
  packMessage,
  unpackMessage,
} from "../wire/messages.ts";
import { randomUUID } from "node:crypto";

type Ports = "shell_port" | "control_port" | "stdin_port" | "iopub_port" | "hb_port";

/** Where Jupyter wants a kernel to listen: its connection file. */
export interface JupyterConnection extends Readonly<Record<Ports, number>> {
  readonly transport: string;
  readonly ip: string;
  /** Signs messages; empty where they are not signed. */
  readonly key: string;
}

/** A request of a front end: shell's wait for one another, control's are answered at once. */
export interface FrontEndRequest extends JupyterMessage {
  readonly channel: "shell" | "control";
}

/** The front ends of a kernel (notebooks, consoles, programs that execute notebooks), over the kernel's five sockets. */
export class FrontEnd {
  readonly #session = randomUUID();
  readonly #sockets: readonly ListeningSocket[];
  readonly #publisher: ListeningSocket;
  readonly #answers: { readonly [channel: string]: ListeningSocket };
  #answer: ((value: string) => void) | undefined;

  /** Listens, and hands over each request. */
  constructor(readonly connection: JupyterConnection, onRequest: (request: FrontEndRequest) => void) {
    const { shell_port, control_port, stdin_port, iopub_port, hb_port } = connection;
    const ask = (channel: "shell" | "control") => (message: JupyterMessage) =>
      onRequest({ ...message, channel });
    const shell = this.#receive(shell_port, ask("shell"));
    const control = this.#receive(control_port, ask("control"));
    const stdin = this.#receive(stdin_port, ({ header, content }) => {
      if (header.msg_type === "input_reply") this.#answer?.(String(content.value ?? ""));
    });
    this.#answers = { shell, control, stdin };
    const heartbeat = new ListeningSocket({ hostname: connection.ip, port: hb_port, kind: "REP" });
    this.#publisher = new ListeningSocket({
      hostname: connection.ip,
      port: iopub_port,
      kind: "XPUB",
      // A subscriber that waits for this loses nothing of what it asks for next.
      onSubscribe: (topic, welcome) => {
        const subscription = new TextDecoder().decode(topic);
        welcome(this.#pack("iopub_welcome", { identities: [topic], content: { subscription } }));
      },
    });
    this.#sockets = [shell, control, stdin, heartbeat, this.#publisher];
  }

  /** Publishes to all front ends. */
  publish(type: string, parts: Partial<JupyterMessage>): void {
    const topic = new TextEncoder().encode(`kernel.${this.#session}.${type}`);
    this.#publisher.publish(this.#pack(type, { ...parts, identities: [topic] }));
  }

  /** Answers a request, to the front end that sent it. */
  reply({ channel, identities, header }: FrontEndRequest, content: Fields): void {
    const type = header.msg_type.replace(/_request$/, "_reply");
    this.#answers[channel]!.send(this.#pack(type, { identities, parent_header: header, content }));
  }

  /** Asks the person who sent a request; empty where its front end cannot ask, or once the question is taken back. */
  async ask({ identities, header }: FrontEndRequest, content: Fields): Promise<string> {
    const question = this.#pack("input_request", { identities, parent_header: header, content });
    if (!this.#answers.stdin!.send(question)) return "";
    return await new Promise<string>((resolve) => this.#answer = resolve).finally(() =>
      this.#answer = undefined
    );
  }

  /** Takes an open question back. */
  cancelQuestion(): void {
    this.#answer?.("");
  }

  /** Sends what is still to be sent and closes the sockets. */
  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.flushed()));
    for (const socket of this.#sockets) socket.close();
  }

  #receive(port: number, take: (message: JupyterMessage) => void): ListeningSocket {
    const onMessage = (frames: Uint8Array[]) => {
      let message;
      try {
        message = unpackMessage(frames, this.connection.key);
      } catch {
        // Somebody without the key: there is nobody to answer.
        return;
      }
      take(message);
    };
    return new ListeningSocket({ hostname: this.connection.ip, port, kind: "ROUTER", onMessage });
  }

  #pack(type: string, parts: Partial<JupyterMessage>): Uint8Array[] {
    return packMessage(makeMessage(type, { session: this.#session, ...parts }), this.connection.key);
  }
}
