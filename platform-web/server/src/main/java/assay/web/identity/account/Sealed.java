package assay.web.identity.account;

/** Bytes that {@link AccountSecrets} sealed. Immutable by use: nobody writes into them. */
final class Sealed {
    private final byte[] bytes;

    Sealed(byte[] bytes) {
        this.bytes = bytes;
    }

    byte[] bytes() {
        return bytes;
    }
}
