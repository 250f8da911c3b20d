package assay.audit.search;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IP address, or a network of them.
 *
 * @param bits of the address that count
 */
record AddressRange(InetAddress address, int bits) {
    private static final String EXPECTED = " (expected: an address, or a network as 10.0.0.0/8)";

    /**
     * Reads digits alone: no name is ever looked up.
     *
     * @throws AuditQuery.InvalidException when it is none
     */
    static AddressRange parse(String text) {
        String stripped = text.strip();
        int slash = stripped.indexOf('/');
        String host = slash < 0 ? stripped : stripped.substring(0, slash);
        boolean literal =
                host.indexOf(':') >= 0
                        ? host.matches("[0-9a-fA-F:.]{2,45}")
                        : host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        if (!literal) {
            throw new AuditQuery.InvalidException("source", "no address" + EXPECTED);
        }
        try {
            InetAddress address = InetAddress.ofLiteral(host);
            int most = address.getAddress().length * 8;
            int bits = slash < 0 ? most : bits(stripped.substring(slash + 1), most);
            return new AddressRange(InetAddress.getByAddress(masked(address, bits)), bits);
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new AuditQuery.InvalidException("source", "no address" + EXPECTED);
        }
    }

    private static int bits(String text, int most) {
        if (!text.matches("[0-9]{1,3}") || Integer.parseInt(text) > most) {
            throw new AuditQuery.InvalidException("source", "no network" + EXPECTED);
        }
        return Integer.parseInt(text);
    }

    private static byte[] masked(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(bits - 8 * i, 0, 8);
            bytes[i] = (byte) (bytes[i] & (0xff00 >> kept));
        }
        return bytes;
    }

    @Override
    public String toString() {
        String host = address.getHostAddress();
        return bits == address.getAddress().length * 8 ? host : host + "/" + bits;
    }
}
