package assay.scheduler.server.jobs;

/** An item as it goes to a worker. Immutable. */
record BegunItem(ItemKey key, String itemId, String payload, int attempt, int failures) {}
