// The real stack (Redis, worker, nginx) for the time of a test.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

// Starts tests/stack on a free port and waits until it says that it is ready. Returns the site's
// address, the socket of the internal realm, and what stops it. `environment` may hold SESSIOND_… options.
/** @param {Record<string, string>} [environment] */
export async function startStack(environment = {}) {
  const port = await freePort();
  const stack = spawn(new URL("../stack", import.meta.url).pathname, {
    env: { ...process.env, LOGIN: "none", ...environment, PORT: String(port) }, stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(stack, "exit");
  let printed = "", address = "";
  for await (const line of createInterface({ input: stack.stdout })) {
    address ||= /^ready (http:\S+)/.exec(line)?.[1] ?? "";
    const internalSocket = /--unix-socket (\S+)/.exec(line)?.[1];
    if (address && internalSocket) {
      stack.stdout.resume(); // whatever it prints from now on is not read, and must not block it
      return { address, internalSocket, async stop() { stack.kill("SIGTERM"); await ended; } };
    }
    printed += `${line}\n`;
  }
  throw new Error(`the stack ended before it was ready:\n${printed}`);
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}
