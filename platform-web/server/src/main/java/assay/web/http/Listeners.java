package assay.web.http;

import assay.web.WebSettings;
import assay.web.peer.ProcessIdentity;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * HTTPS, TLS 1.3 only, with this process's own certificate; and plain HTTP, on loopback only.
 *
 * <p>Asking for the {@link ProcessIdentity} is what makes enrollment come before the listeners.
 */
@Configuration(proxyBeanMethods = false)
class Listeners {
    private static final String BUNDLE = "assay";

    @Bean
    SslBundleRegistrar ownCertificate(ProcessIdentity identity) {
        return registry ->
                registry.registerBundle(
                        BUNDLE,
                        SslBundle.of(
                                SslStoreBundle.of(identity.keyStore(), "", null),
                                SslBundleKey.of(""),
                                SslOptions.of(null, Set.of("TLSv1.3"))));
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE) // after server.port and the like
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> httpsAndLoopback(
            WebSettings settings) {
        return factory -> {
            factory.setAddress(address(settings.listenAddress()));
            factory.setPort(settings.httpsPort());
            var ssl = new Ssl();
            ssl.setBundle(BUNDLE);
            factory.setSsl(ssl);
            // Here alone: without TLS, Tomcat's upgrade to HTTP/2 stalls after 64 KiB of an answer.
            var http2 = new Http2();
            http2.setEnabled(true);
            factory.setHttp2(http2);
            factory.addContextValves(new TomcatConnectionValve());
            factory.addAdditionalConnectors(plain(settings.httpPort()));
        };
    }

    private static Connector plain(int port) {
        var connector = new Connector(TomcatServletWebServerFactory.DEFAULT_PROTOCOL);
        connector.setPort(port);
        connector.setScheme("http");
        if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> protocol) {
            protocol.setAddress(InetAddress.getLoopbackAddress());
            protocol.setExecutor(new VirtualThreadExecutor("http-"));
        }
        return connector;
    }

    private static InetAddress address(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "assay.web.listen-address: " + host + " is not known", e);
        }
    }
}
