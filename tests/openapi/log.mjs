// Reads a log of responses, one JSON object a line, and checks each.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { findOperation, operations, problems } from "./contract.mjs";

// `source` is a path or a file descriptor. Returns how many lines there were, the findings (each
// kind once, with its first line), and the ids of the operations of which no success was seen.
export async function readLog(source) {
  const findings = new Map();
  const unseen = new Set(operations.map(({ operation }) => operation.operationId));
  let lines = 0;
  const stream = typeof source === "number" ? createReadStream("", { fd: source }) : createReadStream(source);
  for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines += 1;
    const exchange = parse(text);
    const found = findOperation(exchange);
    if (found && exchange.status < 400) unseen.delete(found.operation.operationId);
    const request = exchange?.method
      ? `${exchange.method} ${found?.template ?? shortened(exchange.path)} ${exchange.status}` : shortened(text);
    for (const problem of problems(exchange)) {
      const key = `${request}: ${problem}`;
      const finding = findings.get(key) ?? { line: lines, request, problem, times: 0 };
      finding.times += 1;
      findings.set(key, finding);
    }
  }
  return { lines, findings: [...findings.values()], unseen: [...unseen] };
}

// Tests send long paths; none is worth more than a line.
function shortened(text) {
  return text?.length > 80 ? `${text.slice(0, 80)}…` : text;
}

// The value of a line; undefined, which is no exchange, where the line is not JSON.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
