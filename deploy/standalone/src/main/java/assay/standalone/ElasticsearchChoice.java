package assay.standalone;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;

/** What {@code --elasticsearch} says. */
sealed interface ElasticsearchChoice {
    /** A server of this installation's own. */
    record Embedded() implements ElasticsearchChoice {}

    /** None: audit records are searched in PostgreSQL. */
    record Off() implements ElasticsearchChoice {}

    /**
     * Somebody's cluster.
     *
     * @param address without user, query and fragment
     * @param plainHttp whether records may go to another machine without TLS
     */
    record Cluster(URI address, boolean plainHttp) implements ElasticsearchChoice {
        private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

        boolean leavesTheMachineInTheClear() {
            return "http".equals(address.getScheme()) && !LOOPBACK.contains(address.getHost());
        }
    }

    /**
     * Reads the option's value.
     *
     * @throws StandaloneException with {@code USAGE}
     */
    static ElasticsearchChoice parse(String value) {
        return switch (value) {
            case "embedded" -> new Embedded();
            case "off" -> new Off();
            default ->
                    new Cluster(
                            address(value)
                                    .orElseThrow(() ->
                                            UpOptions.usage(
                                                    "--elasticsearch: "
                                                            + value
                                                            + " (expected: embedded, off, or an"
                                                            + " address such as"
                                                            + " https://search.example:9200)")),
                            false);
        };
    }

    private static Optional<URI> address(String value) {
        try {
            URI uri = new URI(value);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            return web
                            && uri.getHost() != null
                            && uri.getRawUserInfo() == null
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }
}
