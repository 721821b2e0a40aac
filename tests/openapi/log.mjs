// Reads a log of responses, one JSON object a line, and checks each.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { findOperation, operations, problems } from "./contract.mjs";

// `source` is a path or a file descriptor. Returns how many lines there were, the findings (each
// kind once, with its first line), and the ids of the operations of which no response was seen.
export async function readLog(source) {
  const findings = new Map();
  const unseen = new Set(operations.map(({ operation }) => operation.operationId));
  let lines = 0;
  const stream = typeof source === "number" ? createReadStream(null, { fd: source }) : createReadStream(source);
  for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines += 1;
    const exchange = parse(text);
    const found = exchange && findOperation(exchange);
    if (found) unseen.delete(found.operation.operationId);
    for (const problem of exchange ? problems(exchange) : ["not JSON"]) {
      const request = exchange ? `${exchange.method} ${found?.template ?? exchange.path} ${exchange.status}` : "";
      const key = `${request}: ${problem}`;
      const finding = findings.get(key) ?? { line: lines, request, problem, times: 0 };
      finding.times += 1;
      findings.set(key, finding);
    }
  }
  return { lines, findings: [...findings.values()], unseen: [...unseen] };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
