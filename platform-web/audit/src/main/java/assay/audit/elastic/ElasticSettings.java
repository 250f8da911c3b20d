package assay.audit.elastic;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where Elasticsearch is and how it is spoken to. Immutable.
 *
 * @param address {@code https://host:port}; {@code http} only to this machine, unless {@code
 *     allowPlainHttp}
 * @param allowPlainHttp whether records and keys may go to another machine without TLS
 * @param ca certificates that alone are trusted, PEM; without it the virtual machine's own are
 * @param keyFiles files with one encoded API key each; a role without one is spoken for without
 *     credentials, as the embedded server wants it
 * @param prefix of the indices' names; the UTC day follows, or nothing for a data stream
 * @param replicas copies of each shard beside the first
 * @param retentionDays that records have to be kept, 180 or more; a data stream is asked for it
 * @param patience with one request
 */
public record ElasticSettings(
        URI address,
        boolean allowPlainHttp,
        Map<Authority, Path> keyFiles,
        Optional<Path> ca,
        Layout layout,
        String prefix,
        int replicas,
        int retentionDays,
        Duration patience) {

    /** What a key may do; each has its own, so that the one who writes can not delete. */
    public enum Authority {
        /** Creates documents, and nothing else. */
        WRITER,
        /** Searches. */
        READER,
        /** Seals, opens, counts and deletes days. */
        DELETER,
        /** Sets the template up; needed once. */
        ADMIN
    }

    /** How documents are spread over indices. */
    public enum Layout {
        /** One index for each UTC day of the records' own time: the same record, the same place. */
        DAY_INDICES,
        /** One data stream, whose lifecycle deletes: for clusters that are run that way. */
        DATA_STREAM
    }

    public static final String DEFAULT_PREFIX = "audit-v1-";
    public static final int LEAST_RETENTION_DAYS = 180;
    public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "::1", "localhost");

    public ElasticSettings {
        keyFiles = Map.copyOf(keyFiles);
        String scheme = String.valueOf(address.getScheme());
        String host = String.valueOf(address.getHost());
        if (!Set.of("https", "http").contains(scheme) || address.getHost() == null) {
            throw new IllegalArgumentException(
                    "Elasticsearch's address: "
                            + address
                            + " (expected: such as https://search.example:9200)");
        }
        if (scheme.equals("http") && !LOOPBACK.contains(host) && !allowPlainHttp) {
            throw new IllegalArgumentException(
                    "Elasticsearch's address: "
                            + address
                            + " would carry records and keys unencrypted (expected: https, or"
                            + " allow-plain-http)");
        }
        if (replicas < 0 || replicas > 9) {
            throw new IllegalArgumentException("replicas: " + replicas + " (expected: 0..9)");
        }
        if (retentionDays < LEAST_RETENTION_DAYS) {
            throw new IllegalArgumentException(
                    "retention: "
                            + retentionDays
                            + " days (expected: "
                            + LEAST_RETENTION_DAYS
                            + " or more)");
        }
        if (!prefix.matches("audit-[a-z0-9-]*")) {
            throw new IllegalArgumentException(
                    "index prefix: " + prefix + " (expected: audit- and small letters, digits, -)");
        }
    }

    /** A server on this machine, or one that needs no more than its address. */
    public static ElasticSettings of(URI address) {
        return new ElasticSettings(
                address,
                false,
                Map.of(),
                Optional.empty(),
                Layout.DAY_INDICES,
                DEFAULT_PREFIX,
                0,
                LEAST_RETENTION_DAYS,
                DEFAULT_PATIENCE);
    }

    /** The same with another prefix. */
    public ElasticSettings withPrefix(String other) {
        return new ElasticSettings(
                address,
                allowPlainHttp,
                keyFiles,
                ca,
                layout,
                other,
                replicas,
                retentionDays,
                patience);
    }

    /** The same with another layout. */
    public ElasticSettings withLayout(Layout other) {
        return new ElasticSettings(
                address,
                allowPlainHttp,
                keyFiles,
                ca,
                other,
                prefix,
                replicas,
                retentionDays,
                patience);
    }
}
