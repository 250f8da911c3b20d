package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Authority;
import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.json.jackson.Jackson3JsonpMapper;
import co.elastic.clients.transport.TransportUtils;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Request;
import co.elastic.clients.transport.rest5_client.low_level.Response;
import co.elastic.clients.transport.rest5_client.low_level.ResponseException;
import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import co.elastic.clients.transport.rest5_client.low_level.Rest5ClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that speaks with the authority of one key. Thread-safe. Its threads live until it is
 * closed.
 */
public final class ElasticConnection implements AutoCloseable {
    private static final int NOT_FOUND = 404;
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    /** Keeps every digit of every number, as a document that is held against its hash needs. */
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
                    .build();

    private final Rest5Client plain;
    private final ElasticsearchClient client;

    private ElasticConnection(Rest5Client plain) {
        this.plain = plain;
        this.client =
                new ElasticsearchClient(
                        new Rest5ClientTransport(plain, new Jackson3JsonpMapper(JSON)));
    }

    /**
     * Makes the client; nothing is sent yet.
     *
     * @throws UncheckedIOException if the certificate or the key can not be read
     */
    public static ElasticConnection open(ElasticSettings settings, Authority authority) {
        Timeout connect = Timeout.of(CONNECT_PATIENCE);
        Timeout response = Timeout.of(settings.patience());
        try {
            Rest5ClientBuilder builder =
                    Rest5Client.builder(settings.address())
                            .setConnectionConfigCallback(
                                    c -> c.setConnectTimeout(connect).setSocketTimeout(response))
                            .setRequestConfigCallback(r -> r.setResponseTimeout(response))
                            .setCompressionEnabled(false);
            if (settings.ca().isPresent()) {
                builder.setSSLContext(
                        TransportUtils.sslContextFromHttpCaCrt(settings.ca().get().toFile()));
            }
            Path key = settings.keyFiles().get(authority);
            if (key != null) {
                builder.setDefaultHeaders(new Header[] {authorization(key)});
            }
            return new ElasticConnection(builder.build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Header authorization(Path key) throws IOException {
        String encoded = Files.readString(key).strip();
        if (encoded.isEmpty() || encoded.chars().anyMatch(Character::isWhitespace)) {
            throw new IOException(key + " holds no API key (expected: one encoded key)");
        }
        return new BasicHeader("Authorization", "ApiKey " + encoded, true);
    }

    /** The official client, for searches of other rooms. */
    public ElasticsearchClient client() {
        return client;
    }

    /**
     * A request whose bodies are compared or written as they are. What is not there is a missing
     * node.
     *
     * @param body JSON, or null
     */
    public JsonNode call(String method, String path, @Nullable String body) throws IOException {
        var request = new Request(method, path);
        if (body != null) {
            request.setEntity(new StringEntity(body, ContentType.APPLICATION_JSON));
        }
        try {
            Response response = plain.performRequest(request);
            if (response.getStatusCode() == NOT_FOUND) {
                return JSON.missingNode();
            }
            try (InputStream answer = response.getEntity().getContent()) {
                return JSON.readTree(answer);
            }
        } catch (ResponseException e) {
            if (e.getResponse().getStatusCode() == NOT_FOUND) {
                return JSON.missingNode();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
