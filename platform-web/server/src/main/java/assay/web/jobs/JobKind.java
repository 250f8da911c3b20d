package assay.web.jobs;

import assay.web.identity.Permission;

/** What the items of a job ask for. */
public enum JobKind {
    /** Items have the fields of a generate request. */
    GENERATE(Permission.INFERENCE_INVOKE, assay.scheduler.v1.JobKind.JOB_KIND_GENERATE),
    /** Items have the fields of a verification. */
    VERIFY(Permission.VERIFICATION_RUN, assay.scheduler.v1.JobKind.JOB_KIND_VERIFY);

    private final Permission permission;
    private final assay.scheduler.v1.JobKind wire;

    JobKind(Permission permission, assay.scheduler.v1.JobKind wire) {
        this.permission = permission;
        this.wire = wire;
    }

    /** What an interactive request of the kind needs. */
    public Permission permission() {
        return permission;
    }

    /** As it stands in the API and in bundles: {@code generate}. */
    public String id() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    assay.scheduler.v1.JobKind wire() {
        return wire;
    }

    /**
     * @throws IllegalArgumentException for a kind that this release does not know
     */
    static JobKind of(assay.scheduler.v1.JobKind wire) {
        for (JobKind kind : values()) {
            if (kind.wire == wire) {
                return kind;
            }
        }
        throw new IllegalArgumentException(
                "job kind: " + wire + " (expected: one of this release)");
    }
}
