package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Authority;
import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.json.jackson.Jackson3JsonpMapper;
import co.elastic.clients.transport.TransportUtils;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Request;
import co.elastic.clients.transport.rest5_client.low_level.Response;
import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import co.elastic.clients.transport.rest5_client.low_level.Rest5ClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that speaks with the authority of one key. Thread-safe. Its threads live until it is
 * closed.
 */
public final class ElasticConnection implements AutoCloseable {
    private static final int LEAST_ERROR = 400;
    private static final int NOT_FOUND = 404;
    private static final int SHOWN_CHARS = 200;
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    /** Keeps every digit of every number, as a document that is held against its hash needs. */
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
                    .build();

    private final Rest5Client plain;
    private final String authorities;
    private final ElasticsearchClient client;

    private ElasticConnection(Rest5Client plain, String authorities) {
        this.plain = plain;
        this.authorities = authorities;
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
            String authorities =
                    settings.ca().map(Path::toString).orElse("an authority that Java trusts");
            return new ElasticConnection(builder.build(), authorities);
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
     * @throws IOException if Elasticsearch refuses it or does not answer; the message says why
     */
    public JsonNode call(String method, String path, @Nullable String body) throws IOException {
        var request = new Request(method, path);
        if (body != null) {
            request.setEntity(new StringEntity(body, ContentType.APPLICATION_JSON));
        }
        Response response;
        try {
            response = plain.performRequest(request);
        } catch (SSLException e) {
            throw new IOException(
                    method
                            + " "
                            + path
                            + ": the server is not who it should be: "
                            + e.getMessage()
                            + " (expected: a certificate of "
                            + authorities
                            + ")",
                    e);
        }
        if (response.getStatusCode() == NOT_FOUND) {
            return JSON.missingNode();
        }
        String answer;
        try (InputStream in = response.getEntity().getContent()) {
            answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        // the client throws for what is wrong with the server alone, from 500 on
        if (response.getStatusCode() >= LEAST_ERROR) {
            throw new IOException(
                    method
                            + " "
                            + path
                            + " answered "
                            + response.getStatusCode()
                            + " "
                            + reason(answer));
        }
        try {
            return JSON.readTree(answer);
        } catch (JacksonException e) {
            throw new IOException(method + " " + path + " answered no JSON", e);
        }
    }

    /** What Elasticsearch says; of what stands between, the beginning. */
    private static String reason(String answer) {
        try {
            JsonNode error = JSON.readTree(answer).path("error");
            String credentials = error.path("additional_unsuccessful_credentials").asString("");
            return error.path("type").asString("")
                    + ": "
                    + error.path("reason").asString("")
                    + (credentials.isEmpty() ? "" : " (" + credentials + ")");
        } catch (JacksonException _) {
            return answer.substring(0, Math.min(answer.length(), SHOWN_CHARS));
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
