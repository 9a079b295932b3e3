// What a task does under BullMQ: the same as body.py, in the same files.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { randomUUID } = require("node:crypto");

const LENGTH = 100;
const IO_MS = 20;
const LONG_MS = 3000;
const GATE_MS = 5;
const STAMP_BYTES = 8;

const folder = process.env.PEER_FOLDER;
const worker = process.env.PEER_WORKER ?? "0";
const mark = Buffer.from([Number(worker)]);
const marks = fs.openSync(path.join(folder, "marks"), "r+");
const stamps = fs.openSync(path.join(folder, "stamps"), "r+");
const gate = fs.openSync(path.join(folder, "gate"), "r");
const seen = Buffer.alloc(1);

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const now = () => performance.timeOrigin + performance.now();

function payload(kind, number) {
  return (kind + String(number).padStart(8, "0")).padEnd(LENGTH, "x");
}

function isOpen() {
  fs.readSync(gate, seen, 0, 1, 0);
  return seen[0] !== 0;
}

function journal(entry) {
  fs.appendFileSync(path.join(folder, "journal.jsonl"), `${JSON.stringify({ ...entry, at: Date.now() })}\n`);
}

async function run(task) {
  while (!isOpen()) await sleep(GATE_MS);
  const kind = task[0];
  const number = Number(task.slice(1, 9));
  if (kind === "s") {
    const stamp = Buffer.alloc(STAMP_BYTES);
    stamp.writeDoubleLE(now() / 1000);
    fs.writeSync(stamps, stamp, 0, STAMP_BYTES, STAMP_BYTES * number);
  } else if (kind === "i") {
    await sleep(IO_MS);
  } else if (kind === "l") {
    const id = randomUUID();
    journal({ run: id, task: String(number), worker, pid: process.pid, event: "begin" });
    await sleep(LONG_MS);
    journal({ run: id, event: "end" });
  }
  fs.writeSync(marks, mark, 0, 1, number);
}

module.exports = { payload, run, sleep, now };
