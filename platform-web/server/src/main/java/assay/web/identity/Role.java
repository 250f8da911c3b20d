package assay.web.identity;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The built-in roles and what they may. A tenant's own roles are {@link CustomRole}s. */
public enum Role {
    ADMIN(Permission.of(Permission.Level.TENANT)),
    DEVELOPER(
            EnumSet.of(
                    Permission.INFERENCE_INVOKE,
                    Permission.VERIFICATION_RUN,
                    Permission.BATCH_RUN,
                    Permission.NODE_READ,
                    Permission.MODEL_READ,
                    Permission.DEPLOYMENT_READ,
                    Permission.USAGE_READ,
                    Permission.KEY_OWN)),
    GUEST(EnumSet.of(Permission.VERIFICATION_RUN));

    @SuppressWarnings("ImmutableEnumChecker") // a copy that nobody can change
    private final Set<Permission> permissions;

    Role(Set<Permission> permissions) {
        this.permissions = Set.copyOf(permissions);
    }

    public Set<Permission> permissions() {
        return permissions;
    }

    /** As it stands in the database and in JSON. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
