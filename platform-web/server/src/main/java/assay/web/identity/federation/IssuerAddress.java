package assay.web.identity.federation;

import assay.web.WebException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Which addresses this server asks on a tenant's behalf. Goals: nobody turns it into a way to what
 * only it can reach. Constraints: HTTPS, but for loopback; never link-local addresses and those
 * where clouds tell their machines' secrets; loopback and private networks only where the
 * platform's operator allowed it for this provider. Stateless.
 *
 * <p>The answer holds for the call that follows at once: the JVM keeps a resolved name for longer
 * than that, so a name can not mean another address in between.
 */
final class IssuerAddress {
    private static final int MOST_CHARS = 500;

    /** Where some clouds tell credentials, beside the link-local 169.254.169.254. */
    private static final List<String> METADATA =
            List.of("100.100.100.200", "fd00:ec2:0:0:0:0:0:254", "192.0.0.192");

    private IssuerAddress() {}

    /**
     * The issuer as an address, by its looks alone.
     *
     * @throws WebException INVALID_REQUEST for {@code issuer}
     */
    static URI parse(String issuer) {
        URI uri = parseEndpoint(issuer);
        if (issuer.length() > MOST_CHARS || uri.getRawQuery() != null) {
            throw refuse("expected: a URL without a query");
        }
        return uri;
    }

    /**
     * The same for what an issuer names as its endpoint.
     *
     * @throws WebException INVALID_REQUEST for {@code issuer}
     */
    static URI parseEndpoint(String endpoint) {
        URI uri;
        try {
            uri = new URI(endpoint);
        } catch (URISyntaxException e) {
            throw refuse("not a URL");
        }
        if (uri.getHost() == null || uri.getRawFragment() != null || uri.getRawUserInfo() != null) {
            throw refuse("expected: a URL without fragment and user");
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !(scheme.equals("http") && isLoopbackName(uri.getHost()))) {
            throw refuse("expected: https");
        }
        return uri;
    }

    /**
     * Whether it may be asked now.
     *
     * @param inner loopback and private networks too
     * @throws WebException INVALID_REQUEST for {@code issuer}
     */
    static void check(URI uri, boolean inner) {
        String host = uri.getHost();
        if (host == null) {
            throw refuse("no host");
        }
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw refuse(host + " is not known");
        }
        boolean https = "https".equalsIgnoreCase(uri.getScheme());
        for (InetAddress each : addresses) {
            if (isForbidden(each)) {
                throw refuse(host + " is an address that is never asked");
            }
            if (isInner(each) && !inner) {
                throw refuse(
                        host
                                + " is within the server's own network (expected: a public address,"
                                + " or the operator's leave)");
            }
            if (!https && !each.isLoopbackAddress()) {
                throw refuse("expected: https");
            }
        }
    }

    private static boolean isLoopbackName(String host) {
        return host.equalsIgnoreCase("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }

    private static boolean isForbidden(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean translated = // 64:ff9b::/96, another way to IPv4
                bytes.length == 16 && bytes[0] == 0 && bytes[1] == 0x64;
        return address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.isAnyLocalAddress()
                || translated
                || METADATA.contains(address.getHostAddress());
    }

    private static boolean isInner(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean shared = // 100.64.0.0/10, between carriers and customers
                bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
        boolean unique = address instanceof Inet6Address && (bytes[0] & 0xfe) == 0xfc;
        boolean zero = bytes.length == 4 && bytes[0] == 0;
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || shared
                || unique
                || zero
                || Arrays.equals(bytes, new byte[bytes.length]);
    }

    private static WebException refuse(String message) {
        return WebException.invalid("issuer", message);
    }
}
