// The client process of BullMQ: the commands of client.py, answered the same way.
"use strict";
const readline = require("node:readline");
const { Queue } = require("bullmq");
const settings = require("./bullmq.cjs");
const body = require("./body.cjs");

const CHUNK = 1000;
const SPIN_MS = 2;
const queue = new Queue(settings.queue, { connection: settings.connection, defaultJobOptions: settings.job });
const passed = (begin) => (performance.now() - begin) / 1000;

const commands = {
  async one({ kind, first, count, limit }) {
    const begin = performance.now();
    let sent = 0;
    while (sent < count && passed(begin) < limit) {
      await queue.add("work", { task: body.payload(kind, first + sent) });
      sent += 1;
    }
    return { sent, seconds: passed(begin) };
  },
  async bulk({ kind, first, count, limit }) {
    const begin = performance.now();
    let sent = 0;
    while (sent < count && passed(begin) < limit) {
      const size = Math.min(CHUNK, count - sent);
      const jobs = Array.from({ length: size }, (_, more) => ({
        name: "work",
        data: { task: body.payload(kind, first + sent + more) },
      }));
      await queue.addBulk(jobs);
      sent += size;
    }
    return { sent, seconds: passed(begin) };
  },
  async paced({ first, count, rate }) {
    const begin = body.now() + 50;
    for (let number = 0; number < count; number += 1) {
      const due = begin + (number * 1000) / rate;
      const rest = due - body.now() - SPIN_MS;
      if (rest > 0) await body.sleep(rest);
      while (body.now() < due);
      await queue.add("work", { task: body.payload("s", first + number) });
    }
    return { begin: begin / 1000 };
  },
  async name({ kind, first }) {
    const job = await queue.add("work", { task: body.payload(kind, first) });
    return { id: `peers:${job.id}` };
  },
};

async function main() {
  await queue.waitUntilReady();
  console.log(JSON.stringify({ ready: true }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: what, ...rest } = JSON.parse(line);
    const answer = await commands[what](rest).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(answer));
  }
  process.exit(0);
}

main();
