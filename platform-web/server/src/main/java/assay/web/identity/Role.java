package assay.web.identity;

import java.util.EnumSet;
import java.util.Set;

/** The built-in roles and what they may. */
public enum Role {
    ADMIN(EnumSet.allOf(Permission.class)),
    DEVELOPER(
            EnumSet.of(
                    Permission.INFERENCE_INVOKE,
                    Permission.VERIFICATION_RUN,
                    Permission.JOB_RUN,
                    Permission.NODE_READ,
                    Permission.MODEL_READ,
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
}
