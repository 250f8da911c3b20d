package assay.web.http;

import assay.web.WebSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.web.util.matcher.IpAddressMatcher;
import org.springframework.stereotype.Component;

/**
 * From where a call comes, in the one place for records, limits and the networks of keys. What a
 * header says counts only when a trusted proxy hands it over, and only as far back as proxies are
 * trusted: of the addresses, read from the last, the first that is no trusted proxy's. What stands
 * before it the client may have written himself. Immutable.
 */
@Component
public final class TrustedProxies {
    private static final int MOST_HOPS = 64;
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]{2,45}");

    private final List<IpAddressMatcher> networks;

    @Autowired
    TrustedProxies(WebSettings settings) {
        this(settings.trustedProxies());
    }

    TrustedProxies(List<String> networks) {
        this.networks =
                networks.stream()
                        .map(each -> {
                            try {
                                return new IpAddressMatcher(each);
                            } catch (IllegalArgumentException e) {
                                throw new IllegalArgumentException(
                                        "assay.web.trusted-proxies: "
                                                + each
                                                + " (expected: an address, or a network as"
                                                + " 10.0.0.0/8)",
                                        e);
                            }
                        })
                        .toList();
    }

    /**
     * @param peer who has the connection
     * @param forwardedFor the values of X-Forwarded-For, in the order of the headers
     * @param forwarded those of Forwarded (RFC 7239), read when there is none of the other
     */
    public String client(String peer, List<String> forwardedFor, List<String> forwarded) {
        if (!trusted(peer)) {
            return peer;
        }
        List<String> hops =
                forwardedFor.isEmpty()
                        ? elements(forwarded).stream().map(TrustedProxies::forField).toList()
                        : elements(forwardedFor);
        String client = peer;
        for (String hop : hops.reversed().stream().limit(MOST_HOPS).toList()) {
            String address = address(hop);
            if (address == null) {
                return client; // who wrote this is not to be believed further
            }
            client = address;
            if (!trusted(address)) {
                return client;
            }
        }
        return client;
    }

    private boolean trusted(String address) {
        return !networks.isEmpty()
                && ADDRESS.matcher(address).matches()
                && networks.stream().anyMatch(network -> network.matches(address));
    }

    private static List<String> elements(List<String> headers) {
        var all = new ArrayList<String>();
        for (String header : headers) {
            Collections.addAll(all, header.split(",", -1));
        }
        return all;
    }

    /** The {@code for=} of one element of Forwarded. */
    private static String forField(String element) {
        for (String pair : element.split(";", -1)) {
            String trimmed = pair.strip();
            if (trimmed.toLowerCase(Locale.ROOT).startsWith("for=")) {
                return trimmed.substring("for=".length()).replace("\"", "");
            }
        }
        return "";
    }

    /** The address without brackets and port; null when it is none. */
    private static @Nullable String address(String hop) {
        String text = hop.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            text = end < 0 ? "" : text.substring(1, end);
        } else if (text.indexOf(':') >= 0 && text.indexOf(':') == text.lastIndexOf(':')) {
            text = text.substring(0, text.indexOf(':'));
        }
        boolean numeric =
                ADDRESS.matcher(text).matches()
                        && (text.indexOf(':') >= 0
                                ? text.chars().filter(c -> c == ':').count() >= 2
                                : text.matches("\\d{1,3}(\\.\\d{1,3}){3}"));
        if (!numeric) {
            return null;
        }
        try {
            return java.net.InetAddress.ofLiteral(text).getHostAddress();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
