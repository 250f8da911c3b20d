package assay.web.identity.account;

import assay.web.RunningGateway;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a browser does of itself: keeps cookies, sends forms with the page's token. */
final class Browser {
    private static final Pattern TOKEN =
            Pattern.compile("<meta name=\"_csrf\" content=\"([^\"]+)\"");

    private final String base;
    private final CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ALL);
    private final HttpClient client;

    Browser(RunningGateway gateway) {
        this(gateway, "127.0.0.1");
    }

    /**
     * @param address of loopback that it comes from
     */
    Browser(RunningGateway gateway, String address) {
        try {
            this.client =
                    HttpClient.newBuilder()
                            .cookieHandler(cookies)
                            .localAddress(java.net.InetAddress.getByName(address))
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .build();
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException(address, e);
        }
        HttpRequest any = gateway.request("http", "/", null).GET().build();
        this.base = any.uri().getScheme() + "://" + any.uri().getAuthority();
    }

    HttpResponse<String> get(String path) {
        return send(request(path).header("Accept", "text/html").GET().build());
    }

    /** Sends a form with the token that every page has; where it leads. */
    String submit(String path, Map<String, String> fields) {
        Matcher token = TOKEN.matcher(get("/sign-in").body());
        String body =
                fields.entrySet().stream()
                        .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
                        .collect(Collectors.joining("&"));
        if (token.find()) {
            body += "&_csrf=" + encoded(token.group(1));
        }
        var answer =
                send(
                        request(path)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build());
        return answer.headers()
                .firstValue("Location")
                .map(to -> to.startsWith(base) ? to.substring(base.length()) : to)
                .map(to -> to.equals("/?continue") ? "/" : to) // to the page it asked for before
                .orElse("status " + answer.statusCode());
    }

    String signIn(String username, String password) {
        return submit("/sign-in", Map.of("username", username, "password", password));
    }

    /** Whether the pages behind the sign-in are open to it. */
    boolean signedIn() {
        return get("/").statusCode() == 200;
    }

    /** Forgets who it is, and keeps that it was here. */
    void closeSession() {
        for (HttpCookie each : cookies.getCookieStore().getCookies()) {
            if (each.getName().equals("assay_session")) {
                cookies.getCookieStore().remove(URI.create(base), each);
            }
        }
    }

    boolean holds(String cookie) {
        return cookies.getCookieStore().getCookies().stream()
                .anyMatch(each -> each.getName().equals(cookie));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
