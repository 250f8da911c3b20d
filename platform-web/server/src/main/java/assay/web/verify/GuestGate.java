package assay.web.verify;

import assay.web.identity.Caller;

/** Keeps callers without an account within bounds. Thread-safe. */
@FunctionalInterface
interface GuestGate {
    /**
     * Lets a guest begin one more verification.
     *
     * @param scenario that he asks for
     * @throws assay.web.WebException RATE_LIMITED with a time to retry after, PERMISSION_DENIED
     */
    void admit(Caller guest, String scenario);
}
