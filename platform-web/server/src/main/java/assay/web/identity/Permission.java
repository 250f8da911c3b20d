package assay.web.identity;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One right. The catalogue is closed: what is not here can not be granted. */
public enum Permission {
    INFERENCE_INVOKE("inference:invoke", Level.TENANT),
    VERIFICATION_RUN("verification:run", Level.TENANT),
    VERIFICATION_READ_ALL("verification:read-all", Level.TENANT),
    BATCH_RUN("batch:run", Level.TENANT),
    BATCH_MANAGE("batch:manage", Level.TENANT),
    BATCH_SHARE("batch:share", Level.PLATFORM),
    MODEL_READ("model:read", Level.TENANT),
    MODEL_MANAGE("model:manage", Level.PLATFORM),
    NODE_READ("node:read", Level.TENANT),
    NODE_MANAGE("node:manage", Level.PLATFORM),
    DEPLOYMENT_READ("deployment:read", Level.TENANT),
    DEPLOYMENT_MANAGE("deployment:manage", Level.PLATFORM),
    KEY_OWN("key:own", Level.TENANT),
    KEY_MANAGE("key:manage", Level.TENANT),
    QUOTA_MANAGE("quota:manage", Level.TENANT),
    USAGE_READ("usage:read", Level.TENANT),
    USER_MANAGE("user:manage", Level.TENANT),
    ROLE_MANAGE("role:manage", Level.TENANT),
    AUDIT_READ("audit:read", Level.TENANT),
    AUDIT_EXPORT("audit:export", Level.TENANT),
    TENANT_MANAGE("tenant:manage", Level.PLATFORM),
    SETTINGS_MANAGE("settings:manage", Level.PLATFORM);

    private static final Map<String, Permission> BY_ID =
            Arrays.stream(values()).collect(Collectors.toMap(Permission::id, Function.identity()));

    private final String id;
    private final Level level;

    Permission(String id, Level level) {
        this.id = id;
        this.level = level;
    }

    /** How far a right reaches. */
    public enum Level {
        /** Within the tenant in which it is held. */
        TENANT,
        /** The whole installation; the operator holds all of these. */
        PLATFORM
    }

    /** As it stands in the scopes of a key. */
    public String id() {
        return id;
    }

    public Level level() {
        return level;
    }

    public static Optional<Permission> of(String id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    /** All of one level. */
    public static Set<Permission> of(Level level) {
        var all = EnumSet.allOf(Permission.class);
        all.removeIf(each -> each.level != level);
        return all;
    }

    /** Those of the ids that this version knows; another gives nothing. */
    public static Set<Permission> known(Collection<String> ids) {
        var known = EnumSet.noneOf(Permission.class);
        ids.forEach(each -> of(each).ifPresent(known::add));
        return known;
    }
}
