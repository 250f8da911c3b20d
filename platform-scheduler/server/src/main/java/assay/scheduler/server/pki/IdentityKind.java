package assay.scheduler.server.pki;

import java.util.Locale;

/** What a process is in the cluster. */
public enum IdentityKind {
    SCHEDULER,
    NODE,
    GATEWAY;

    /** As in certificates, tokens and tables. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
