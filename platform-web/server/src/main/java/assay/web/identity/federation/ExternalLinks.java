package assay.web.identity.federation;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.tenancy.TenantTransactions;
import jakarta.servlet.http.HttpSession;
import java.io.Serial;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.springframework.stereotype.Component;

/**
 * By which providers a person comes, as he sees and sets it himself. A link is made only by who is
 * signed in and asks for it from within the console. Thread-safe.
 */
@Component
public class ExternalLinks {
    private static final String INTENT = ExternalLinks.class.getName() + ".intent";
    private static final Duration INTENT_KEPT = Duration.ofMinutes(10);

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final InstantSource clock;

    ExternalLinks(TenantTransactions transactions, AuditedChanges changes, InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * A provider of the tenant and whether the person comes by it.
     *
     * @param linkedAt empty when he does not
     * @param managed his account is made by it, so the link can not be cut
     */
    public record Own(UUID providerId, String name, Optional<Instant> linkedAt, boolean managed) {}

    /** What the person asked for before he was sent to the provider. */
    record Intent(UUID providerId, UUID userId, Instant until) implements Serializable {
        @Serial private static final long serialVersionUID = 1L;
    }

    /** All enabled providers of the tenant in which the person works. */
    public List<Own> own(Caller person) {
        return transactions.in(
                person.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select p.id, p.name, e.linked_at, coalesce(e.managed, false)
                                        from identity_providers p
                                            left join external_identities e
                                                on e.provider_id = p.id and e.user_id = ?
                                        where p.enabled order by lower(p.name)
                                        """)
                                .param(userId(person))
                                .query((row, _) ->
                                        new Own(
                                                row.getObject(1, UUID.class),
                                                row.getString(2),
                                                Optional.ofNullable(
                                                                row.getObject(
                                                                        3, OffsetDateTime.class))
                                                        .map(OffsetDateTime::toInstant),
                                                row.getBoolean(4)))
                                .list());
    }

    /**
     * Notes in the session that the next answer of the provider links, and does not sign in.
     *
     * @param session the browser's: it keeps the value under the name
     * @return where to send the browser
     */
    public String begin(Caller person, UUID providerId, BiConsumer<String, Object> session) {
        session.accept(
                INTENT, new Intent(providerId, userId(person), clock.instant().plus(INTENT_KEPT)));
        return "/sign-in/with/" + providerId;
    }

    /** What the session's person asked for, once. */
    Optional<Intent> take(HttpSession session, UUID providerId) {
        Object intent = session.getAttribute(INTENT);
        session.removeAttribute(INTENT);
        return intent instanceof Intent known
                        && known.providerId().equals(providerId)
                        && known.until().isAfter(clock.instant())
                ? Optional.of(known)
                : Optional.empty();
    }

    /**
     * The person does not come by it any more.
     *
     * @throws WebException NOT_FOUND when he did not, or when it is all that his account has
     */
    public void cut(Caller person, String requestId, UUID providerId) {
        var change =
                new AuditedChanges.Change(
                        person,
                        requestId,
                        "sign-in-link.cut",
                        "sign-in-provider",
                        providerId.toString(),
                        "DELETE",
                        "/account",
                        Map.of());
        changes.run(
                change,
                () -> {
                    int rows =
                            transactions.in(
                                    person.tenantId(),
                                    transaction ->
                                            transaction
                                                    .sql(
                                                            "delete from external_identities where"
                                                                    + " provider_id = ? and user_id = ?"
                                                                    + " and not managed")
                                                    .params(providerId, userId(person))
                                                    .update());
                    if (rows == 0) {
                        throw new WebException(ErrorCode.NOT_FOUND, "no such link of yours");
                    }
                    return providerId;
                });
    }

    private static UUID userId(Caller person) {
        if (person.kind() != Caller.Kind.USER) {
            throw new WebException(ErrorCode.PERMISSION_DENIED, "this is for people, not for keys");
        }
        return UUID.fromString(person.id());
    }
}
