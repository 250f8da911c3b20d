package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.serving.BatchGeneration;
import assay.web.verify.BatchVerification;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Looks into items before a job is made of them. Thread-safe. */
@Component
class ItemChecks {
    private static final int ID_CHARS = 128;

    private final BatchGeneration generations;
    private final BatchVerification verifications;
    private final JobLimits limits;

    ItemChecks(BatchGeneration generations, BatchVerification verifications, JobLimits limits) {
        this.generations = generations;
        this.verifications = verifications;
        this.limits = limits;
    }

    /** The items of one submission. */
    OneJob begin(Caller caller, NewJob job) {
        return new OneJob(caller, job);
    }

    /**
     * An item that can be handed over.
     *
     * @param payload JSON, without its id
     */
    record Good(String id, String payload) {}

    /** Items of one submission; remembers their ids. Confined to its thread. */
    final class OneJob {
        private final Caller caller;
        private final NewJob job;
        private final ItemIds ids = new ItemIds();

        private OneJob(Caller caller, NewJob job) {
            this.caller = caller;
            this.job = job;
        }

        /**
         * @throws WebException INVALID_REQUEST with the item's line; REQUEST_TOO_LARGE
         */
        Good check(ItemSource.ReadItem item) {
            if (ids.count() == limits.maxItems()) {
                throw new WebException(
                        ErrorCode.REQUEST_TOO_LARGE,
                        "the items: above " + limits.maxItems() + "; split them into several jobs");
            }
            ObjectNode fields = item.fields();
            String id = id(item.line(), fields.remove("id"));
            if (!ids.add(id)) {
                throw BadItem.at(item.line(), "id", "came before (expected: one for each item)");
            }
            try {
                ObjectNode whole = merged(job.defaults(), fields);
                switch (job.kind()) {
                    case GENERATE -> generations.check(caller, whole);
                    case VERIFY -> verifications.check(caller, whole);
                }
            } catch (WebException e) {
                throw BadItem.at(item.line(), e);
            }
            return new Good(id, fields.toString());
        }

        /** How many were good. */
        int count() {
            return ids.count();
        }

        private String id(long line, @org.jspecify.annotations.Nullable JsonNode given) {
            if (given == null || given.isNull()) {
                return Integer.toString(ids.count() + 1);
            }
            if (!given.isString() && !given.isIntegralNumber()) {
                throw BadItem.at(line, "id", "expected: a text or a whole number");
            }
            String id = given.asString();
            if (id.isBlank() || id.length() > ID_CHARS) {
                throw BadItem.at(line, "id", id.length() + " characters (expected: 1..128)");
            }
            return id;
        }
    }

    /** The item over the job's defaults. */
    static ObjectNode merged(ObjectNode defaults, ObjectNode item) {
        ObjectNode whole = defaults.deepCopy();
        whole.setAll(item);
        return whole;
    }
}
