import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeMessage, packMessage } from "../../../lib/kernel/wire/messages.ts";
import { isAlive } from "../notebook_fixture.ts";
import { TestFrontEnd } from "./test_front_end.ts";

const folder = await Deno.makeTempDir({ prefix: "understudy-kernel-test-" });
const front = await TestFrontEnd.start(folder);
const info = await front.request("shell", "kernel_info_request");

Deno.test.afterAll(async () => {
  await front.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the kernel says what it is, welcomes a subscriber, and is busy and idle around each request, control's too", async () => {
  assertEquals(info.reply.status, "ok");
  assertEquals(info.reply.protocol_version, "5.3");
  const language = info.reply.language_info as Record<string, unknown>;
  assertEquals([language.name, language.file_extension, language.codemirror_mode], [
    "typescript",
    ".ts",
    "typescript",
  ]);
  assertEquals(info.types, ["status busy", "status idle"]);
  const welcome = front.published.find(({ header }) => header.msg_type === "iopub_welcome");
  assertEquals(welcome?.content, { subscription: "" });
  assertEquals((await front.request("control", "kernel_info_request")).types, ["status busy", "status idle"]);
  assertEquals((await front.request("shell", "comm_info_request")).reply, { status: "ok", comms: {} });
});

Deno.test("a cell's reply comes with its count, its outputs in order, and its parent", async () => {
  const seen = await front.run("console.log('a'); console.error('b'); 6 * 7");
  assertEquals(seen.types, [
    "status busy",
    "execute_input",
    "stream",
    "stream",
    "execute_result",
    "status idle",
  ]);
  assertEquals([seen.text("stdout"), seen.text("stderr")], ["a\n", "b\n"]);
  const result = seen.messages[4]!.content;
  assertEquals(result.data, { "text/plain": "42" });
  assertEquals([seen.reply.status, seen.reply.execution_count], ["ok", result.execution_count]);
});

Deno.test("only a cell that is kept in the history counts, and a silent one shows no value and no error", async () => {
  const first = Number((await front.run("const kept = 1")).reply.execution_count);
  const unkept = await front.run("kept + 1", { store_history: false });
  assertEquals(unkept.reply.execution_count, first);
  assertEquals(
    unkept.messages.find(({ header }) => header.msg_type === "execute_result")?.content.execution_count,
    first,
  );
  const silent = await front.run("console.log('printed'); kept", { silent: true });
  assertEquals(silent.types, ["status busy", "stream", "status idle"]);
  const failing = await front.run("throw new Error('quiet')", { silent: true });
  assertEquals([failing.reply.status, failing.types], ["error", ["status busy", "status idle"]]);
  const blank = await front.run(" \n");
  assertEquals([blank.reply.status, blank.reply.execution_count], ["ok", first + 1]);
  const history = await front.request("shell", "history_request", {
    hist_access_type: "tail",
    n: 2,
    output: false,
  });
  assertEquals(history.reply.history, [[0, first, "const kept = 1"], [0, first + 1, " \n"]]);
  const last = { hist_access_type: "tail", n: 1, output: true };
  assertEquals((await front.request("shell", "history_request", last)).reply.history, [
    [0, first + 1, [" \n", null]],
  ]);
});

Deno.test("user_expressions are evaluated after a cell that ended well, each with a status of its own", async () => {
  const options = { user_expressions: { sum: "part + 1", none: "missing" } };
  const { reply } = await front.run("const part = 2", options);
  const { sum, none } = reply.user_expressions as Record<string, Record<string, unknown>>;
  assertEquals(sum, { status: "ok", data: { "text/plain": "3" }, metadata: {} });
  assertEquals([none!.status, none!.ename], ["error", "ReferenceError"]);
  assertEquals((await front.run("throw 1", options)).reply.user_expressions, {});
});

Deno.test("an error aborts the cells that had been asked for by then, and no other request", async () => {
  const before = Number((await front.run("let reached = 0")).reply.execution_count);
  const failing = front.execute(
    "await new Promise((go) => setTimeout(go, 100)); throw new TypeError('wrong')",
  );
  const queued = [front.execute("reached = 1"), front.execute("reached = 2")];
  const asked = front.send("shell", "comm_info_request");
  const [error, one, two, other] = await Promise.all([failing, ...queued, asked].map((id) => front.seen(id)));
  assertEquals([error!.reply.status, error!.reply.ename, error!.reply.evalue], [
    "error",
    "TypeError",
    "wrong",
  ]);
  assertEquals(error!.types, ["status busy", "execute_input", "error", "status idle"]);
  // A front end shows a count where there is one, as beside a cell that ran.
  for (const { reply, types } of [one!, two!]) {
    assertEquals([reply, types], [{ status: "aborted" }, ["status busy", "status idle"]]);
  }
  assertEquals(other!.reply.status, "ok");
  const after = await front.run("reached");
  assertEquals(after.messages.find(({ header }) => header.msg_type === "execute_result")?.content.data, {
    "text/plain": "0",
  });
  assertEquals(after.reply.execution_count, before + 2);
});

Deno.test("an error aborts nothing where stop_on_error is false", async () => {
  const failing = front.execute("await new Promise((go) => setTimeout(go, 50)); throw 1", {
    stop_on_error: false,
  });
  const next = front.execute("1");
  const [error, ok] = await Promise.all([failing, next].map((id) => front.seen(id)));
  assertEquals([error!.reply.status, ok!.reply.status], ["error", "ok"]);
});

Deno.test("the stop button ends a cell, aborts those that wait for it, and keeps the session", async () => {
  await front.run("let survived = 'yes'");
  for (const endless of ["await new Promise(() => {})", "while (true);", "for (;;) await 0"]) {
    const running = front.execute(endless);
    const waiting = front.execute("survived = 'no'");
    const ends = Promise.all([running, waiting].map((id) => front.seen(id)));
    await front.until(() => front.typesOf(running).includes("execute_input"));
    assertEquals((await front.request("control", "interrupt_request")).reply, { status: "ok" });
    const [stopped, aborted] = await ends;
    assertEquals([stopped!.reply.status, aborted!.reply.status], ["error", "aborted"], endless);
  }
  const after = await front.run("survived");
  assertStringIncludes(JSON.stringify(after.messages.map(({ content }) => content)), "yes");
  assertEquals((await front.request("control", "interrupt_request")).reply, { status: "ok" });
});

Deno.test("a question goes to the front end that asked for the cell, and is answered empty where it cannot ask", async () => {
  front.onQuestion = (question) => {
    assertEquals(question.content, { prompt: "Who?", password: false });
    front.send("stdin", "input_reply", { value: "Ada", status: "ok" }, question.header);
  };
  assertStringIncludes(
    (await front.run("console.log(prompt('Who?'))", { allow_stdin: true })).text("stdout"),
    "Ada",
  );
  front.onQuestion = () => {
    throw new Error("nobody may be asked");
  };
  assertEquals((await front.run("console.log(`[${prompt('Who?') ?? ''}]`)")).text("stdout"), "[]\n");
  front.onQuestion = () => void front.send("control", "interrupt_request");
  const stopped = await front.run("prompt('Who?'); while (true) await 0", { allow_stdin: true });
  assertEquals(stopped.reply.status, "error");
});

Deno.test("a print that comes late belongs to its own cell", async () => {
  const first = front.execute("setTimeout(() => console.log('late'), 50); 0");
  const second = front.execute("await new Promise((go) => setTimeout(go, 150)); console.log('second')");
  const { text } = await front.seen(second);
  assertEquals(text("stdout"), "second\n");
  await front.until(() => front.messagesOf(first).some(({ content }) => content.text === "late\n"));
});

Deno.test("is_complete tells what a console may run from what wants more lines", async () => {
  const asked = ["const a = 1", "function f(x) {", "const = )"].map((code) =>
    front.request("shell", "is_complete_request", { code })
  );
  const replies = (await Promise.all(asked)).map(({ reply }) => reply);
  assertEquals(replies.map(({ status }) => status), ["complete", "incomplete", "invalid"]);
  assertEquals(replies[1]!.indent, "  ");
});

Deno.test("Tab and Shift-Tab are answered, and a wrong type is a note below a cell that runs all the same", async () => {
  const id = front.execute("const wrong: number = 'text';\nwrong", { allow_stdin: true });
  const { reply, types } = await front.seen(id);
  assertEquals([reply.status, types.at(-1), types.includes("execute_result")], ["ok", "status idle", true]);
  await front.until(() => front.typesOf(id).at(-1) === "display_data");
  const note = front.messagesOf(id).at(-1)!.content;
  const text = "Types, line 1: Type 'string' is not assignable to type 'number'. (TS2322)";
  assertEquals(note.data, { "application/vnd.jupyter.stderr": text, "text/plain": text });
  assertEquals(note.metadata, { understudy: "types" });
  const completed = await front.request("shell", "complete_request", { code: "1; wron", cursor_pos: 7 });
  const { status, matches, cursor_start, cursor_end } = completed.reply;
  assertEquals([status, matches, cursor_start, cursor_end], ["ok", ["wrong"], 3, 7]);
  const inspected = await front.request("shell", "inspect_request", { code: "wrong", cursor_pos: 2 });
  assertEquals([inspected.reply.status, inspected.reply.found], ["ok", true]);
  assertStringIncludes(JSON.stringify(inspected.reply.data), "wrong: number");
});

Deno.test("a comm that nobody knows is closed, and a message without the key's signature is not heard", async () => {
  const id = front.send("shell", "comm_open", { comm_id: "c1", target_name: "none", data: {} });
  await front.until(() => front.typesOf(id).at(-1) === "status idle");
  assertEquals(front.typesOf(id), ["status busy", "comm_close", "status idle"]);
  const forged = makeMessage("execute_request", {
    session: "s",
    content: { code: "globalThis.forged = true" },
  });
  front.sendFrames("shell", packMessage(forged, "another key"));
  front.sendFrames("shell", [new TextEncoder().encode("nonsense")]);
  assertEquals((await front.run("console.log(typeof globalThis.forged)")).text("stdout"), "undefined\n");
});

Deno.test("where Deno's process ends, the front end is told, and the next cell runs in a new session", async () => {
  const lost = await front.run("let before = 1; Deno.kill(Deno.pid, 'SIGKILL'); await new Promise(() => {})");
  assertEquals(lost.reply.status, "error");
  assertStringIncludes(String(lost.reply.evalue), "lost");
  assertEquals(lost.types.includes("status restarting"), true);
  assertEquals((await front.run("console.log(typeof before)")).text("stdout"), "undefined\n");
});

Deno.test("shutdown is answered, told to all, and leaves no process", async () => {
  const own = await TestFrontEnd.start(folder);
  try {
    const pid = Number((await own.run("console.log(Deno.pid)")).text("stdout"));
    assertEquals(isAlive(pid), true);
    const { reply, types } = await own.request("control", "shutdown_request", { restart: false });
    assertEquals(reply, { status: "ok", restart: false });
    assertEquals(types, ["status busy", "shutdown_reply", "status idle"]);
    assertEquals((await own.process.status).code, 0);
    assertEquals(isAlive(pid), false);
  } finally {
    await own.close();
  }
});

Deno.test("where Jupyter is killed, its kernel ends, and so does Deno's below it", async () => {
  const own = await TestFrontEnd.start(folder, { parent: true });
  try {
    const { text } = await own.run("console.log(Deno.pid, Deno.ppid)");
    const pids = text("stdout").trim().split(" ").map(Number);
    assertEquals(pids.map(isAlive), [true, true]);
    own.process.kill("SIGKILL");
    for (let tries = 0; tries < 300 && pids.some(isAlive); tries++) await delay(50);
    assertEquals(pids.map(isAlive), [false, false]);
  } finally {
    await own.close();
  }
});

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
