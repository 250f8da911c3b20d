package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The limits as people set them. What a tenant has in all is set by {@code tenant:manage}, all else
 * by {@code quota:manage}; who may read usage may read them. All gateways hear of a change within
 * the second. Thread-safe.
 */
public interface QuotaBook {
    /** Notices that are shown. */
    int NOTICES = 100;

    /**
     * A limit and what is used of it.
     *
     * @param name of its subject, for people
     * @param used null where only the scheduler knows it
     */
    record Standing(Quota quota, String name, @Nullable Long used) {
        /** The share that is used, 0 and above. */
        public double share() {
            if (used == null) {
                return 0;
            }
            return quota.amount() == 0 ? 1 : (double) used / (double) quota.amount();
        }

        /** Whether people were to be told. */
        public boolean soft() {
            return share() * 100 >= quota.softPercent();
        }
    }

    /** A threshold that was passed. */
    record Notice(Quota quota, String name, Instant at, long used, long amount) {}

    /** What to set. */
    record Setting(Subject subject, LimitKind kind, long amount, int softPercent) {}

    /** Somebody who can have a limit. */
    record Holder(Subject subject, String name) {}

    /**
     * The tenant that is spoken of: the caller's own, or for the platform's operator any.
     *
     * @param asked null for the caller's own
     * @throws WebException NOT_FOUND when it is none of the caller's business
     */
    static UUID tenant(Caller caller, @Nullable UUID asked) {
        if (asked == null || asked.equals(caller.tenantId())) {
            return caller.tenantId();
        }
        if (!caller.may(Permission.TENANT_MANAGE)) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such tenant");
        }
        return asked;
    }

    /** All limits of a tenant, the fullest first. */
    List<Standing> list(Caller caller, @Nullable UUID asked);

    /**
     * @throws WebException NOT_FOUND
     */
    Standing find(Caller caller, @Nullable UUID asked, UUID id);

    /** Who in the tenant can have limits: itself, its members and keys, and the models. */
    List<Holder> holders(Caller caller);

    /** The newest first. */
    List<Notice> notices(Caller caller, @Nullable UUID asked);

    /**
     * @throws WebException NAME_TAKEN when there is such a limit; INVALID_REQUEST when there is no
     *     such subject, or it can not have such a limit
     */
    Standing create(Caller caller, String requestId, @Nullable UUID asked, Setting setting);

    /**
     * @param seen the version that the caller decided by
     * @throws WebException NOT_FOUND, VERSION_CONFLICT
     */
    Standing change(
            Caller caller,
            String requestId,
            @Nullable UUID asked,
            UUID id,
            long seen,
            long amount,
            int softPercent);

    /**
     * @throws WebException NOT_FOUND, VERSION_CONFLICT
     */
    void remove(Caller caller, String requestId, @Nullable UUID asked, UUID id, long seen);

    /**
     * The bound on what the scheduler counts for a tenant.
     *
     * @param tenant as a deployment names it: its id
     * @return the amount; empty when none is set
     */
    Optional<Long> bound(String tenant, LimitKind kind);
}
