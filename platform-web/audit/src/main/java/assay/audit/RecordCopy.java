package assay.audit;

import java.time.LocalDate;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * A copy of the records that can be held against the chain, Elasticsearch for one. Used by one
 * thread at a time.
 */
public interface RecordCopy {
    /** What a report calls it: "elasticsearch". */
    String name();

    /**
     * Reads all documents of a day, in the order of organization.id and then event.sequence, as they
     * stand in the documents. Everything is seen that the store acknowledged before the call.
     *
     * @param to gets documents of {@link AuditDocument}, one after another, and keeps none
     */
    void scan(LocalDate day, Consumer<JsonNode> to);

    /** Documents of the day; 0 where the copy has no such day. */
    long count(LocalDate day);
}
