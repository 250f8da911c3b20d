package assay.scheduler.server.pki;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;

/** DNS names and IP addresses that a certificate is for. Immutable. */
record Hosts(List<String> values) {
    private static final int MOST = 16;
    private static final Pattern NAME =
            Pattern.compile(
                    "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                            + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    private static final Pattern LOOKS_LIKE_AN_ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

    Hosts {
        values = List.copyOf(values);
        if (values.size() > MOST) {
            throw invalid("hosts: " + values.size() + " (expected: 0.." + MOST + ")");
        }
        for (String host : values) {
            if (!isAddress(host) && (looksLikeAddress(host) || !NAME.matcher(host).matches())) {
                throw invalid("host: not a DNS name or an IP address, " + host.length() + " long");
            }
        }
    }

    static boolean isAddress(String host) {
        if (!looksLikeAddress(host)) {
            return false;
        }
        try {
            return !InetAddress.ofLiteral(host).getHostAddress().isEmpty() && !host.contains("%");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean looksLikeAddress(String host) {
        return LOOKS_LIKE_AN_ADDRESS.matcher(host).matches();
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.ENROLLMENT_INVALID, message);
    }
}
