// Every response that other tests saw, and wrote to the log that RESPONSE_LOG names, is
// as described; and they saw every operation succeed.
import test from "node:test";
import assert from "node:assert/strict";
import { readLog } from "./log.mjs";

const log = process.env.RESPONSE_LOG;

test("the responses that the integration tests saw are as described", { skip: !log && "RESPONSE_LOG is not set" },
  async () => {
    const { findings, unseen } = await readLog(log);
    assert.deepEqual(findings.map(({ line, request, problem, times }) => `${log}:${line}: ${request}: ${problem} (${times} times)`), []);
    assert.deepEqual(unseen, [], "no success of these operations was seen");
  });
