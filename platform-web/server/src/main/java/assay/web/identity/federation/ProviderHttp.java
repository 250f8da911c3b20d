package assay.web.identity.federation;

import assay.web.WebException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.stereotype.Component;

/**
 * The one way to providers: every address is checked by {@link IssuerAddress} before it is asked,
 * no redirect is followed, and neither time nor bytes are unbounded. Thread-safe.
 */
@Component
class ProviderHttp {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int MOST_BYTES = 1 << 20;

    private final JdkClientHttpRequestFactory factory;

    ProviderHttp() {
        var client =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
        this.factory = new JdkClientHttpRequestFactory(client);
        factory.setReadTimeout(ANSWER);
    }

    JdkClientHttpRequestFactory factory() {
        return factory;
    }

    /**
     * @param inner whether the provider may be in the server's own network
     */
    ClientHttpRequestInterceptor guard(boolean inner) {
        return (request, body, execution) -> {
            try {
                IssuerAddress.check(request.getURI(), inner);
            } catch (WebException e) {
                throw new IOException(e.detail(), e);
            }
            return new Bounded(execution.execute(request, body));
        };
    }

    /** An answer that ends with an error where it is longer than any provider's is. */
    private record Bounded(ClientHttpResponse answer) implements ClientHttpResponse {
        @Override
        public HttpStatusCode getStatusCode() throws IOException {
            return answer.getStatusCode();
        }

        @Override
        public String getStatusText() throws IOException {
            return answer.getStatusText();
        }

        @Override
        public HttpHeaders getHeaders() {
            return answer.getHeaders();
        }

        @Override
        public InputStream getBody() throws IOException {
            return new BoundedStream(answer.getBody());
        }

        @Override
        public void close() {
            answer.close();
        }
    }

    private static final class BoundedStream extends FilterInputStream {
        private int left = MOST_BYTES;

        BoundedStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            return read < 0 ? read : count(1, read);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            return read < 0 ? read : count(read, read);
        }

        private int count(int bytes, int result) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw new IOException("an answer of more than " + MOST_BYTES + " bytes");
            }
            return result;
        }
    }
}
