package assay.web.identity;

/** One right. The catalogue is closed: what is not here can not be granted. */
public enum Permission {
    INFERENCE_INVOKE("inference:invoke"),
    VERIFICATION_RUN("verification:run"),
    VERIFICATION_READ_ALL("verification:read-all"),
    JOB_RUN("job:run"),
    JOB_MANAGE("job:manage"),
    JOB_SHARE("job:share"),
    NODE_READ("node:read"),
    MODEL_READ("model:read"),
    AUDIT_READ("audit:read"),
    KEY_OWN("key:own");

    private final String id;

    Permission(String id) {
        this.id = id;
    }

    /** As it stands in the scopes of a key. */
    public String id() {
        return id;
    }
}
