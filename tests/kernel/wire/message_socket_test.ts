import { setImmediate } from "node:timers";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ListeningSocket, type ListeningSocketOptions } from "../../../lib/kernel/wire/listening_socket.ts";
import { makeMessage, packMessage, unpackMessage } from "../../../lib/kernel/wire/messages.ts";
import { MessageSocket, type SocketKind } from "../../../lib/kernel/wire/message_socket.ts";

const hostname = "127.0.0.1";
const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (frames: readonly Uint8Array[]) => frames.map((frame) => new TextDecoder().decode(frame));

async function withSockets(
  options: Omit<ListeningSocketOptions, "hostname" | "port">,
  use: (
    listening: ListeningSocket,
    connect: (kind: SocketKind, identity?: string) => Promise<MessageSocket>,
  ) => Promise<void>,
): Promise<void> {
  const listening = new ListeningSocket({ hostname, port: 0, ...options });
  const open: MessageSocket[] = [];
  try {
    await use(listening, async (kind, identity = "") => {
      const socket = await MessageSocket.connect({ hostname, port: listening.port }, {
        kind,
        identity: bytes(identity),
      });
      open.push(socket);
      return socket;
    });
  } finally {
    open.forEach((socket) => socket.close());
    listening.close();
  }
}

/** A ROUTER that sends back what it receives. */
function withEcho(use: Parameters<typeof withSockets>[1]): Promise<void> {
  let router: ListeningSocket;
  const onMessage = (frames: Uint8Array[]) => void router.send(frames);
  return withSockets({ kind: "ROUTER", onMessage }, (listening, connect) => use(router = listening, connect));
}

Deno.test("a ROUTER answers each peer by its name, also one that gave none, whatever a frame's size", async () => {
  await withEcho(async (listening, connect) => {
    const [named, nameless] = [await connect("DEALER", "ann"), await connect("DEALER")];
    for (const size of [0, 1, 255, 256, 65_536, 3_000_000]) {
      const body = new Uint8Array(size).fill(size % 251);
      for (const socket of [named, nameless]) socket.send([bytes("a"), body, bytes("")]);
      for (const socket of [named, nameless]) {
        const frames = await socket.receive();
        assertEquals(frames.map(({ length }) => length), [1, size, 0]);
        assert(frames[1]!.every((byte) => byte === size % 251));
      }
    }
    assertEquals([listening.send([bytes("ann")]), listening.send([bytes("bob")])], [true, false]);
  });
});

Deno.test("a peer that comes back under its name takes its place over", async () => {
  await withEcho(async (_listening, connect) => {
    const lost = await connect("DEALER", "ann");
    lost.send([bytes("1")]);
    await lost.receive();
    const back = await connect("DEALER", "ann");
    back.send([bytes("2")]);
    assertEquals(texts(await back.receive()), ["2"]);
    await assertRejects(() => lost.receive());
  });
});

Deno.test("an XPUB sends to those who subscribed, in order, and welcomes each", async () => {
  const welcomed = (topic: Uint8Array, welcome: (frames: Uint8Array[]) => void) =>
    welcome([topic, bytes("hello")]);
  await withSockets({ kind: "XPUB", onSubscribe: welcomed }, async (listening, connect) => {
    const reader = await connect("SUB");
    assertEquals(texts(await reader.receive()), ["", "hello"]);
    for (let place = 0; place < 2000; place++) listening.publish([bytes("topic"), bytes(String(place))]);
    for (let place = 0; place < 2000; place++) {
      assertEquals(texts(await reader.receive()), ["topic", String(place)]);
    }
    reader.send([new Uint8Array([0])]);
    reader.send([new Uint8Array([1, ...bytes("other")])]);
    assertEquals(texts(await reader.receive()), ["other", "hello"]);
    listening.publish([bytes("topic"), bytes("unheard")]);
    listening.publish([bytes("others"), bytes("heard")]);
    assertEquals(texts(await reader.receive()), ["others", "heard"]);
  });
});

Deno.test("a REP echoes the beats of a REQ with all their frames", async () => {
  await withSockets({ kind: "REP" }, async (_listening, connect) => {
    const beat = await connect("REQ");
    beat.send([bytes(""), bytes("ping")]);
    assertEquals(texts(await beat.receive()), ["", "ping"]);
  });
});

Deno.test("peers that do not keep to the protocol are let go, and others are served on", async () => {
  await withEcho(async (listening, connect) => {
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
    const ready = [4, 6, 5, ...bytes("READY")];
    const huge = [2, 0x7f, 255, 255, 255, 255, 255, 255, 255];
    const attacks = [
      [...bytes("GET / HTTP/1.1\r\n\r\n".padEnd(80))],
      [...greeting, 4, 6, 5, ...bytes("ERROR")],
      [...greeting, 0, 1, 65],
      [...greeting, ...ready, ...huge],
      [...greeting, ...ready, ...Array.from({ length: 20_000 }, () => [1, 0]).flat()],
    ];
    for (const attack of attacks) {
      const connection = await Deno.connect({ hostname, port: listening.port });
      await connection.write(new Uint8Array(attack));
      const chunk = new Uint8Array(1024);
      // It ends by itself: a peer that were kept would leave the read pending for ever.
      while (await connection.read(chunk).catch(() => null) !== null);
      connection.close();
    }
    const good = await connect("DEALER", "good");
    good.send([bytes("still there")]);
    assertEquals(texts(await good.receive()), ["still there"]);
  });
});

Deno.test("a message of Jupyter comes back whole, with its buffers and identities; a forged one is refused", () => {
  const content = { text: "é\u0000\ud83d\ude00" };
  const message = makeMessage("stream", {
    session: "s",
    content,
    identities: [bytes("ann")],
    buffers: [new Uint8Array(3)],
  });
  const frames = packMessage(message, "key");
  assertEquals({ ...unpackMessage(frames, "key"), identities: [bytes("ann")] }, {
    ...message,
    identities: [bytes("ann")],
  });
  assertThrows(() => unpackMessage(frames, "other key"), TypeError, "signature is wrong");
  assertEquals(unpackMessage(packMessage(message, ""), "").content, content);
  assertThrows(() => unpackMessage(frames.slice(0, 4), "key"), TypeError, "4 frames");
  const broken = packMessage(message, "").map((frame, place) => place === 6 ? bytes("[1]") : frame);
  assertThrows(() => unpackMessage(broken, ""), TypeError, "no object");
});

Deno.test("what is sent at the moment in which the messages before have left is not held back", async () => {
  await withEcho(async (_listening, connect) => {
    const sockets = await Promise.all(["a", "b", "c", "d"].map((name) => connect("DEALER", name)));
    await Promise.all(sockets.map(async (socket, place) => {
      for (let round = 0; round < 1000; round++) {
        socket.send([bytes("first")]);
        if (round % 2 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        for (let turns = (round * 7 + place) % 12; turns > 0; turns--) await null;
        socket.send([bytes("second")]);
        for (const text of ["first", "second"]) assertEquals(texts(await socket.receive()), [text]);
      }
    }));
  });
});
