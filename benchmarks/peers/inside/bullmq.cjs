// BullMQ's settings, for its client and its workers.
"use strict";
const IORedis = require("ioredis");

const connection = new IORedis(process.env.PEER_URL, { maxRetriesPerRequest: null });
const tuned = process.env.PEER_TUNED === "1";

const job = { removeOnComplete: true, removeOnFail: true };
const worker = { concurrency: Number(process.env.PEER_SLOTS ?? "10") };
if (tuned) Object.assign(worker, { lockDuration: 10000, stalledInterval: 5000 });

module.exports = { connection, job, worker, queue: "peers" };
