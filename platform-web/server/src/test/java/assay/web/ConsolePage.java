package assay.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What the console sends to a browser, without one: signs in by the form, begins a page as the
 * framework's client does, and has it go to a view. One browser session.
 */
final class ConsolePage {
    private static final Pattern TOKEN = Pattern.compile("name=\"_csrf\" content=\"([^\"]+)\"");
    private static final int BODY_NODE = 1;

    private final String base;
    private final HttpClient client =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    ConsolePage(RunningGateway gateway) {
        this.base = gateway.address("http");
    }

    void signIn(String username, String password) {
        var token = TOKEN.matcher(send(request("/sign-in").GET()));
        if (!token.find()) {
            throw new IllegalStateException("the page has no token");
        }
        send(
                request("/sign-in")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                form(
                                        "username", username,
                                        "password", password,
                                        "_csrf", token.group(1))));
    }

    private static HttpRequest.BodyPublisher form(String... fields) {
        var pairs =
                Stream.iterate(0, i -> i < fields.length, i -> i + 2)
                        .map(i -> fields[i] + "=" + encoded(fields[i + 1]))
                        .toList();
        return HttpRequest.BodyPublishers.ofString(String.join("&", pairs));
    }

    /** Opens a new page at the view: all that is sent for it, as JSON. */
    String open(String route, String query) {
        String asked = "location=" + encoded(route) + "&query=" + encoded(query);
        JsonNode page = json(send(request("/?v-r=init&" + asked).GET()));
        JsonNode app = page.path("appConfig");
        if (app.isMissingNode()) {
            throw new IllegalStateException("no page for " + route + ": " + page);
        }
        var event = JsonNodeFactory.instance.objectNode();
        event.put("type", "event").put("node", BODY_NODE).put("event", "ui-navigate");
        event.putObject("data")
                .put("route", route)
                .put("query", query)
                .put("appShellTitle", "")
                .put("trigger", "")
                .putObject("historyState");
        var body = JsonNodeFactory.instance.objectNode();
        body.put("csrfToken", app.required("uidl").required("Vaadin-Security-Key").stringValue());
        body.putArray("rpc").add(event);
        body.put("syncId", 0).put("clientId", 0);
        String answer =
                send(
                        request("/?v-r=uidl&v-uiId=" + app.required("v-uiId").intValue())
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
        json(answer); // or it is no answer of the framework's
        return answer;
    }

    /** The framework puts a loop before it, against inclusion as a script. */
    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.substring(Math.max(0, text.indexOf('{'))));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    private String send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
