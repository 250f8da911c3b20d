package assay.web.audit;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prompts and answers in the audit: always their SHA-256 and, where the tenant wants it, themselves
 * under its own key (AES-256-GCM). Thread-safe.
 */
@Component
public class AuditContents {
    private static final Logger LOG = LoggerFactory.getLogger(AuditContents.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    /** Of an answer's characters; what is longer is cut, and the record says so. */
    private static final int MOST_CHARS = 1 << 20;

    /** UTF-8 takes at most so many bytes for a character, and JSON's escapes no more than twice. */
    private static final int BYTES_PER_CHAR = 6;

    private final AuditPolicies policies;
    private final ContentKeys keys;
    private final AuditedChanges audit;
    private final SecureRandom random = new SecureRandom();

    AuditContents(AuditPolicies policies, ContentKeys keys, AuditedChanges audit) {
        this.policies = policies;
        this.keys = keys;
        this.audit = audit;
    }

    /** What was asked and answered. */
    public record Content(String prompt, String answer) {}

    /** What is to be kept of one call. Confined to its thread. */
    public final class Keeping {
        private final UUID tenant;
        private final String prompt;
        private final @Nullable SecretKey key;
        private final MessageDigest digest = sha256();
        private final StringBuilder answer = new StringBuilder();
        private boolean answered;
        private boolean cut;

        private Keeping(UUID tenant, String prompt, @Nullable SecretKey key) {
            this.tenant = tenant;
            this.prompt = prompt;
            this.key = key;
        }

        /** The next piece of the answer; whole characters. */
        public void answered(String text) {
            answered = true;
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            if (key != null) {
                int room = MOST_CHARS - answer.length();
                cut |= text.length() > room;
                answer.append(text, 0, Math.min(text.length(), room));
            }
        }

        /** Adds digests, and what is kept, to a record's details. Once, at the end. */
        public void describe(Map<String, Object> details) {
            details.put(
                    "prompt_sha256",
                    HexFormat.of()
                            .formatHex(sha256().digest(prompt.getBytes(StandardCharsets.UTF_8))));
            if (answered) {
                details.put("answer_sha256", HexFormat.of().formatHex(digest.digest()));
            }
            if (key != null) {
                details.put("content", cut ? "encrypted, cut" : "encrypted");
            }
        }

        /** Nonce, ciphertext and tag; null where the tenant keeps no content. */
        public byte @Nullable [] seal() {
            return key == null
                    ? null
                    : AuditContents.this.seal(key, tenant, new Content(prompt, answer.toString()));
        }
    }

    /**
     * Begins to keep a call's content as the tenant's policy says.
     *
     * @throws WebException AUDIT_SPOOL_FULL when there is no room for so much of it
     */
    public Keeping begin(UUID tenant, String prompt, int mostTokens) {
        if (policies.inForce(tenant).content() == AuditPolicy.Content.DIGEST) {
            return new Keeping(tenant, prompt, null);
        }
        SecretKey key;
        try {
            key = keys.get(tenant);
        } catch (WebException e) {
            if (e.code() != ErrorCode.DATABASE_AWAY) {
                throw e;
            }
            LOG.warn("the content of a call of tenant {} is not kept: its key is away", tenant, e);
            return new Keeping(tenant, prompt, null);
        }
        long chars = prompt.length() + Math.min(MOST_CHARS, 16L * mostTokens);
        AuditGate.more(BYTES_PER_CHAR * chars);
        return new Keeping(tenant, prompt, key);
    }

    private byte[] seal(SecretKey key, UUID tenant, Content content) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, key, tenant, nonce)
                            .doFinal(JSON.writeValueAsBytes(content));
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /**
     * What was asked and answered in a call. That it was read is recorded.
     *
     * @param recordId of the call's record
     * @return empty when nothing was kept, or it can be read no more
     * @throws WebException PERMISSION_DENIED without audit:read
     */
    public Optional<Content> open(Caller caller, String requestId, UUID recordId) {
        var change =
                new AuditedChanges.Change(
                        caller,
                        requestId,
                        "audit.content.read",
                        "audit-record",
                        recordId.toString(),
                        "GET",
                        "/audit",
                        Map.of());
        return audit.inTransaction(
                change,
                transaction -> {
                    caller.require(Permission.AUDIT_READ);
                    return transaction
                            .sql("select sealed from audit_contents where id = ?")
                            .param(recordId)
                            .query((row, _) -> row.getBytes(1))
                            .optional()
                            .flatMap(sealed ->
                                    keys.find(caller.tenantId())
                                            .map(key -> opened(key, caller.tenantId(), sealed)));
                });
    }

    private static Content opened(SecretKey key, UUID tenant, byte[] sealed) {
        try {
            byte[] plain =
                    cipher(Cipher.DECRYPT_MODE, key, tenant, sealed)
                            .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
            return JSON.readValue(plain, Content.class);
        } catch (GeneralSecurityException e) {
            throw new WebException(
                    ErrorCode.INTERNAL,
                    "the content does not open: it was changed, or sealed for another tenant",
                    Map.of(),
                    null,
                    e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, UUID tenant, byte[] nonceFirst)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonceFirst, 0, NONCE_BYTES));
        cipher.updateAAD(("audit-content " + tenant).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing", e);
        }
    }
}
