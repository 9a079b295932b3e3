"""TaskLab beside other queues: the same tasks, the same Redis, the same kills, each queue in an environment of its own.

adapter.py        what is to be said of a queue, once
catalogue.py      the queues, one entry each; own.py and asyncio_queues.py have most of them
inside/           what runs in the queues' own environments: bodies, clients, one file a queue
requirements/     their pinned packages
environments.py   makes those environments
stage.py, marks.py, crew.py, commands.py, client.py, server.py   one queue at work: files, workers, client, Redis
drain.py, throughput.py, latency.py, rounds.py      the measurements, and their order
trial.py, leftovers.py, trials.py                   crash safety
figures.py, summary.py, markdown.py, results.py     cells, medians, ratios, files
command.py, run.py, steps.py                        `tasklab-bench peers`
"""
