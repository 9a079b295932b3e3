// A worker process of BullMQ.
"use strict";
const { Worker } = require("bullmq");
const settings = require("./bullmq.cjs");
const { run } = require("./body.cjs");

const worker = new Worker(settings.queue, (job) => run(job.data.task), {
  connection: settings.connection,
  ...settings.worker,
});
worker.on("error", (error) => console.error(error));
process.on("SIGTERM", () => process.exit(0));
