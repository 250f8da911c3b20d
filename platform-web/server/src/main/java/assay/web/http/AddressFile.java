package assay.web.http;

import assay.web.PrivateFile;
import assay.web.WebSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import org.apache.catalina.connector.Connector;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Says where this process listens, once all of it does: whoever started it waits for the file. */
@Component
class AddressFile {
    private final WebSettings settings;
    private final GrpcAddress grpc;

    AddressFile(WebSettings settings, GrpcAddress grpc) {
        this.settings = settings;
        this.grpc = grpc;
    }

    @EventListener
    void write(ApplicationReadyEvent event) {
        if (settings.addressFile() == null
                || !(event.getApplicationContext()
                        instanceof ServletWebServerApplicationContext context)
                || !(context.getWebServer() instanceof TomcatWebServer server)) {
            return;
        }
        Environment environment = context.getEnvironment();
        var addresses = new LinkedHashMap<String, Object>();
        for (Connector connector : server.getTomcat().getService().findConnectors()) {
            String host = connector.getSecure() ? settings.listenAddress() : "127.0.0.1";
            String scheme = connector.getSecure() ? "https" : "http";
            addresses.put(scheme, scheme + "://" + host + ":" + connector.getLocalPort());
        }
        addresses.put("grpc", settings.listenAddress() + ":" + grpc.port());
        addresses.put(
                "management",
                "http://127.0.0.1:" + environment.getProperty("local.management.port"));
        addresses.put("pid", ProcessHandle.current().pid());
        try {
            PrivateFile.write(
                    settings.addressFile(),
                    JsonMapper.shared().writeValueAsString(addresses) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "assay.web.address-file: " + settings.addressFile() + " can not be written", e);
        }
    }
}
