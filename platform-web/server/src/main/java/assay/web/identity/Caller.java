package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling, for which tenant, with which rights and from where. Immutable; made at the edge,
 * trusted behind it.
 *
 * @param id the user's or key's id; for a guest what stands for his browser
 * @param name what people know the actor by; never a secret
 * @param ownerId the person whom a key acts for; null for a tenant's key, and for who is no key
 * @param models the names of those that may be asked; null for any
 * @param role a built-in role's name, what the tenant calls a role of its own, or "key"
 */
public record Caller(
        UUID tenantId,
        Kind kind,
        String id,
        String name,
        String role,
        Set<Permission> permissions,
        @Nullable String sourceIp,
        @Nullable String userAgent,
        @Nullable UUID ownerId,
        @Nullable Set<String> models) {
    /** Where a request keeps who calls, known or claimed. */
    public static final String ATTRIBUTE = Caller.class.getName();

    /** What kind of actor it is. */
    public enum Kind {
        USER,
        API_KEY,
        GUEST
    }

    public Caller {
        permissions = Set.copyOf(permissions);
        models = models == null ? null : Set.copyOf(models);
    }

    /** Somebody who is no key: nobody's deputy, and free in his choice of model. */
    public Caller(
            UUID tenantId,
            Kind kind,
            String id,
            String name,
            String role,
            Set<Permission> permissions,
            @Nullable String sourceIp,
            @Nullable String userAgent) {
        this(tenantId, kind, id, name, role, permissions, sourceIp, userAgent, null, null);
    }

    /** A person with the rights that he has now. */
    public static Caller person(
            Standing standing, @Nullable String sourceIp, @Nullable String userAgent) {
        return new Caller(
                standing.tenantId(),
                Kind.USER,
                standing.userId().toString(),
                standing.name(),
                standing.role(),
                standing.permissions(),
                sourceIp,
                userAgent);
    }

    public boolean may(Permission permission) {
        return permissions.contains(permission);
    }

    /**
     * @throws WebException {@code PERMISSION_DENIED} when the right is missing
     */
    public void require(Permission permission) {
        if (!may(permission)) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "this needs the permission " + permission.id());
        }
    }

    /** Whether the model may be asked. */
    public boolean mayAsk(String model) {
        return models == null || models.contains(model);
    }

    /**
     * @throws WebException {@code PERMISSION_DENIED} when the key is not for this model
     */
    public void requireModel(String model) {
        if (!mayAsk(model)) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "the API key is not for the model " + model);
        }
    }
}
