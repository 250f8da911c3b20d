package assay.web.identity;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Who it is that a key speaks for. Thread-safe. */
@Component
class KeyCallers {
    private final Rights rights;

    KeyCallers(Rights rights) {
        this.rights = rights;
    }

    /**
     * The caller with the rights that the key has now: a person's key never has one that he has
     * not, whatever was written into it.
     *
     * @return empty when the key's owner does not belong to the tenant any more
     */
    Optional<Caller> caller(
            ApiKeys.Found key, @Nullable String address, @Nullable String userAgent) {
        if (key.ownerId() == null) {
            return Optional.of(caller(key, key.scopes(), address, userAgent));
        }
        return rights.find(key.tenantId(), key.ownerId())
                .map(owner -> {
                    Set<Permission> both = EnumSet.noneOf(Permission.class);
                    both.addAll(key.scopes());
                    both.retainAll(owner.permissions());
                    return caller(key, both, address, userAgent);
                });
    }

    private static Caller caller(
            ApiKeys.Found key,
            Set<Permission> permissions,
            @Nullable String address,
            @Nullable String userAgent) {
        return new Caller(
                key.tenantId(),
                Caller.Kind.API_KEY,
                key.id().toString(),
                key.name(),
                "key",
                permissions,
                address,
                userAgent,
                key.ownerId(),
                key.models());
    }
}
