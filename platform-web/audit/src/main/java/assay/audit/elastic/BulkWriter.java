package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Layout;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.ErrorCause;
import co.elastic.clients.elasticsearch.core.bulk.BulkOperation;
import co.elastic.clients.elasticsearch.core.bulk.BulkResponseItem;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.util.BinaryData;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Creates documents under their records' ids. Stateless beside the connection; thread-safe. */
final class BulkWriter {
    private final ElasticConnection writer;
    private final AuditIndices indices;

    BulkWriter(ElasticConnection writer, AuditIndices indices) {
        this.writer = writer;
        this.indices = indices;
    }

    /** One document on its way. */
    record Shipment(UUID id, LocalDate day, BinaryData document) {}

    /**
     * Sends them in one request.
     *
     * @return one verdict for each, in their order
     * @throws IOException if nothing is known about any of them
     */
    List<BulkVerdict> create(List<Shipment> shipments) throws IOException {
        Set<String> known = indices.layout() == Layout.DATA_STREAM ? known(shipments) : Set.of();
        List<BulkOperation> operations = new ArrayList<>();
        for (Shipment shipment : shipments) {
            if (!known.contains(shipment.id().toString())) {
                operations.add(operation(shipment));
            }
        }
        List<BulkResponseItem> items =
                operations.isEmpty()
                        ? List.of()
                        : writer.client().bulk(bulk -> bulk.operations(operations)).items();
        if (items.size() != operations.size()) {
            throw new IOException(
                    "bulk answer: "
                            + items.size()
                            + " items (expected: "
                            + operations.size()
                            + ")");
        }
        List<BulkVerdict> verdicts = new ArrayList<>();
        var next = items.iterator();
        for (Shipment shipment : shipments) {
            verdicts.add(
                    known.contains(shipment.id().toString())
                            ? new BulkVerdict.Known()
                            : verdict(next.next()));
        }
        return verdicts;
    }

    private BulkOperation operation(Shipment shipment) {
        return BulkOperation.of(op ->
                op.create(create ->
                        create.index(indices.of(shipment.day()))
                                .id(shipment.id().toString())
                                .document(shipment.document())));
    }

    private static BulkVerdict verdict(BulkResponseItem item) {
        ErrorCause error = item.error();
        String type = error == null ? "" : String.valueOf(error.type());
        String reason = error == null ? "" : String.valueOf(error.reason());
        return BulkVerdict.of(item.status(), type, reason);
    }

    /**
     * Ids are unique in each index behind a data stream, not in the stream: after a rollover the
     * same id would be stored twice. So the stream is asked first, which costs a refresh.
     */
    private Set<String> known(List<Shipment> shipments) throws IOException {
        List<String> ids = shipments.stream().map(s -> s.id().toString()).toList();
        Set<String> found = new HashSet<>();
        try {
            writer.client().indices().refresh(r -> r.index(indices.stream()));
            writer
                    .client()
                    .search(
                            search ->
                                    search.index(indices.stream())
                                            .query(q -> q.ids(i -> i.values(ids)))
                                            .source(source -> source.fetch(false))
                                            .size(ids.size()),
                            Void.class)
                    .hits()
                    .hits()
                    .stream()
                    .map(Hit::id)
                    .forEach(found::add);
        } catch (ElasticsearchException e) {
            if (e.status() != 404) {
                throw e;
            }
        }
        return found;
    }
}
