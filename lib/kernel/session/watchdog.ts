// Runs as a worker inside Deno's kernel, whose cells may block it: ends it when its session has gone.

const { name } = globalThis as unknown as { name: string };
const [parent, own] = name.split(" ").map(Number) as [number, number];
setInterval(() => {
  if (Deno.ppid !== parent) Deno.kill(own, "SIGKILL");
}, 500);
