package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.SealedSecrets;
import assay.web.tenancy.TenantTransactions;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What was answered to requests that may be sent twice, kept for a day and sealed: an answer may
 * hold a new key. Thread-safe.
 */
@Component
class IdempotentAnswers {
    private static final String PURPOSE = "idempotent answer";

    private final TenantTransactions transactions;
    private final SealedSecrets secrets;

    IdempotentAnswers(TenantTransactions transactions, SealedSecrets secrets) {
        this.transactions = transactions;
        this.secrets = secrets;
    }

    /** An answer, as it is given again. */
    record Answer(int status, @Nullable String etag, @Nullable String location, String body) {}

    /**
     * Takes the key for a request.
     *
     * @param digest of the request
     * @return the answer that it got before; empty when it is new, and is to be answered now
     * @throws WebException IDEMPOTENCY_KEY_REUSED when it was another request,
     *     IDEMPOTENCY_KEY_IN_USE while it is answered, and when nobody knows what became of it
     */
    Optional<Answer> begin(Caller caller, String key, byte[] digest) {
        return transactions.in(
                caller.tenantId(),
                transaction -> {
                    int made =
                            transaction
                                    .sql(
                                            """
                                            insert into idempotent_answers (tenant_id, caller_id,
                                                idempotency_key, request_digest)
                                            values (?, ?, ?, ?) on conflict do nothing
                                            """)
                                    .params(caller.tenantId(), caller.id(), key, digest)
                                    .update();
                    return made == 1
                            ? Optional.empty()
                            : transaction
                                    .sql(
                                            """
                                            select request_digest, status, etag, location, body
                                            from idempotent_answers
                                            where caller_id = ? and idempotency_key = ?
                                            """)
                                    .params(caller.id(), key)
                                    .query((row, _) -> answer(caller, row, digest))
                                    .optional();
                });
    }

    private Answer answer(Caller caller, ResultSet row, byte[] digest) throws SQLException {
        if (!MessageDigest.isEqual(row.getBytes("request_digest"), digest)) {
            throw new WebException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Idempotency-Key: it was sent before with another request");
        }
        byte[] body = row.getBytes("body");
        if (body == null) {
            throw new WebException(
                    ErrorCode.IDEMPOTENCY_KEY_IN_USE,
                    "Idempotency-Key: the same request is at work, or broke off without an answer:"
                            + " look what is there before you send it with another key");
        }
        return new Answer(
                row.getInt("status"),
                row.getString("etag"),
                row.getString("location"),
                secrets.open(PURPOSE, caller.tenantId(), body));
    }

    /** Keeps the answer for who sends the request again. */
    void finish(Caller caller, String key, Answer answer) {
        byte[] sealed = secrets.seal(PURPOSE, caller.tenantId(), answer.body());
        transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        """
                                        update idempotent_answers set status = :status,
                                            etag = :etag, location = :location, body = :body
                                        where caller_id = :caller and idempotency_key = :key
                                        """)
                                .param("status", answer.status())
                                .param("etag", answer.etag())
                                .param("location", answer.location())
                                .param("body", sealed)
                                .param("caller", caller.id())
                                .param("key", key)
                                .update());
    }

    /** The request changed nothing: it may be sent again, or another with the key. */
    void drop(Caller caller, String key) {
        transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        "delete from idempotent_answers"
                                                + " where caller_id = ? and idempotency_key = ?")
                                .params(caller.id(), key)
                                .update());
    }
}
