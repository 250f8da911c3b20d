package assay.agent.config;

import java.util.List;
import java.util.stream.Stream;

/** A host name or address and a TCP port. Immutable. */
public record HostPort(String host, int port) {
    /** Refuses an empty host and a port outside 0..65535. */
    public HostPort {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host: empty (expected: a name or an address)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
        }
    }

    /** Reads {@code host:port}; an IPv6 address stands in brackets. */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException(text + " (expected: HOST:PORT)");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(text + " (expected: HOST:PORT)", e);
        }
    }

    /** Reads one or more, with commas between. */
    public static List<HostPort> parseAll(String text) {
        return Stream.of(text.split(",", -1)).map(String::strip).map(HostPort::parse).toList();
    }

    /** The same host with the port that was really bound. */
    public HostPort withPort(int bound) {
        return new HostPort(host, bound);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
