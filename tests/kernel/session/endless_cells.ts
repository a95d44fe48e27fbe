/** Cells that do not end by themselves. */
export const endlessCells: readonly string[] = [
  "await new Promise(() => {})",
  `const server = Deno.serve({ port: 0, onListen() {} }, () => new Promise(() => {}));
   try { await fetch("http://127.0.0.1:" + server.addr.port) } finally { void server.shutdown() }`,
  `for await (const tick of (async function* () { while (true) { await new Promise((go) => setTimeout(go, 5)); yield 1 } })()) tick`,
  "for await (const chunk of new ReadableStream({})) chunk",
  "while (true) await 1",
  "while (true) await new Promise((resolve) => setTimeout(resolve, 5))",
  "async function deep() { await new Promise(() => {}) }; await Promise.all([deep(), deep()])",
  "while (true);",
  "await null; while (true);",
  "await new Promise((resolve) => setTimeout(resolve, 5)); while (true);",
  "setTimeout(() => { while (true); }, 5); await new Promise(() => {})",
  "/(a+)+b/.test('a'.repeat(40))",
  "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  "while (true) { try { await new Promise((resolve) => setTimeout(resolve, 5)) } catch { /* it goes on */ } }",
  "while (true) console.log('x'.repeat(100))",
  "({ async [Symbol.for('Jupyter.display')]() { await new Promise(() => {}) } })",
  "({ [Symbol.for('Jupyter.display')]() { while (true); } })",
];
