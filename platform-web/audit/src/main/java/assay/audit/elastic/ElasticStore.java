package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticSettings.Layout;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One Elasticsearch and what of it each key is for: the place from which the shipper, the day jobs,
 * the reconciliation and the search get theirs. Thread-safe; connects when first asked to, once for
 * each key.
 */
public final class ElasticStore implements AutoCloseable {
    private final ElasticSettings settings;
    private final AuditIndices indices;
    private final AuditTemplate template;
    private final Map<Authority, ElasticConnection> connections = new EnumMap<>(Authority.class);

    /** Makes clients; nothing is sent yet. */
    public ElasticStore(ElasticSettings settings) {
        this.settings = settings;
        this.indices = new AuditIndices(settings);
        this.template = new AuditTemplate(settings);
        Map<Optional<Path>, ElasticConnection> byKey = new HashMap<>();
        for (Authority authority : Authority.values()) {
            connections.put(
                    authority,
                    byKey.computeIfAbsent(
                            Optional.ofNullable(settings.keyFiles().get(authority)),
                            _ -> ElasticConnection.open(settings, authority)));
        }
    }

    /**
     * Makes sure that new indices get the right mapping: with an admin key, or without any keys,
     * the template is put there; else it is looked at.
     *
     * @throws AuditTemplate.TemplateMismatch if records must not be sent there
     */
    public void prepare() throws IOException {
        if (settings.keyFiles().isEmpty() || settings.keyFiles().containsKey(Authority.ADMIN)) {
            template.ensure(connection(Authority.ADMIN));
        } else {
            template.check(connection(Authority.WRITER));
        }
    }

    /** What a search names: all days. Searches go through {@link Authority#READER}. */
    public String searchTarget() {
        return indices.pattern();
    }

    /** The client with that authority; closed with this store. */
    public ElasticConnection connection(Authority authority) {
        ElasticConnection connection = connections.get(authority);
        if (connection == null) {
            throw new IllegalStateException("no connection as " + authority);
        }
        return connection;
    }

    /** What can be done with whole days. */
    public ElasticDayCopy days() {
        return new ElasticDayCopy(
                connection(Authority.DELETER), connection(Authority.READER), indices);
    }

    /** Looks at how long the records stay, where that is a data stream's to say. */
    Optional<StreamRetention> retention(MeterRegistry meters) {
        return settings.layout() == Layout.DATA_STREAM
                ? Optional.of(
                        new StreamRetention(indices.stream(), settings.retentionDays(), meters))
                : Optional.empty();
    }

    BulkWriter bulk() {
        return new BulkWriter(connection(Authority.WRITER), indices);
    }

    @Override
    public void close() {
        Set.copyOf(connections.values()).forEach(ElasticConnection::close);
    }
}
