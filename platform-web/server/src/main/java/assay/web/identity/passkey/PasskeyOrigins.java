package assay.web.identity.passkey;

import java.util.HashSet;
import java.util.Set;
import org.apache.catalina.connector.Connector;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** From where passkeys are taken; known in full once this gateway listens. Thread-safe. */
@Component
class PasskeyOrigins {
    private final PasskeySettings settings;
    private volatile Set<String> own = Set.of();

    PasskeyOrigins(PasskeySettings settings) {
        this.settings = settings;
    }

    Set<String> allowed() {
        Set<String> set = settings.origins();
        return set == null ? own : set;
    }

    @EventListener
    void listening(ApplicationReadyEvent event) {
        if (event.getApplicationContext() instanceof ServletWebServerApplicationContext context
                && context.getWebServer() instanceof TomcatWebServer server) {
            Set<String> origins = new HashSet<>();
            for (Connector each : server.getTomcat().getService().findConnectors()) {
                String scheme = each.getSecure() ? "https" : "http";
                origins.add(scheme + "://localhost:" + each.getLocalPort());
            }
            own = Set.copyOf(origins);
        }
    }
}
