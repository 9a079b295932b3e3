"""A worker: claims tasks, runs their handlers, settles the outcomes and keeps its leases alive."""
