package assay.web.identity.passkey;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.web.webauthn.api.AuthenticatorTransport;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.CredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutableCredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCose;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialType;
import org.springframework.security.web.webauthn.management.UserCredentialRepository;
import org.springframework.stereotype.Component;

/** Passkeys as rows. Thread-safe. */
@Component
class PasskeyStore implements UserCredentialRepository {
    private static final int LABEL_CHARS = 100;
    private static final String SELECT =
            "select p.*, h.handle from passkeys p join passkey_handles h on h.user_id = p.user_id"
                    + " where ";

    private final JdbcClient jdbc;

    PasskeyStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void save(CredentialRecord passkey) {
        String label = passkey.getLabel() == null ? "" : passkey.getLabel().strip();
        jdbc.sql(
                        """
                        insert into passkeys (credential_id, id, user_id, label, public_key,
                            signature_count, uv_initialized, backup_eligible, backup_state,
                            transports, attestation, client_data, created_at, last_used_at)
                        select :credential, :id, h.user_id, :label, :key, :count, :verified,
                            :eligible, :state, :transports, :attestation, :client, :created, :used
                        from passkey_handles h where h.handle = :handle
                        on conflict (credential_id) do update
                        set signature_count = excluded.signature_count,
                            uv_initialized = excluded.uv_initialized,
                            backup_eligible = excluded.backup_eligible,
                            backup_state = excluded.backup_state,
                            last_used_at = excluded.last_used_at
                        where passkeys.user_id = excluded.user_id
                        """)
                .param("credential", passkey.getCredentialId().getBytes())
                .param("id", UUID.randomUUID())
                .param("handle", passkey.getUserEntityUserId().getBytes())
                .param(
                        "label",
                        label.isEmpty()
                                ? "Passkey"
                                : label.substring(0, Math.min(LABEL_CHARS, label.length())))
                .param("key", passkey.getPublicKey().getBytes())
                .param("count", passkey.getSignatureCount())
                .param("verified", passkey.isUvInitialized())
                .param("eligible", passkey.isBackupEligible())
                .param("state", passkey.isBackupState())
                .param(
                        "transports",
                        passkey.getTransports().stream()
                                .map(AuthenticatorTransport::getValue)
                                .sorted()
                                .toArray(String[]::new))
                .param("attestation", bytes(passkey.getAttestationObject()), java.sql.Types.BINARY)
                .param(
                        "client",
                        bytes(passkey.getAttestationClientDataJSON()),
                        java.sql.Types.BINARY)
                .param("created", passkey.getCreated().atOffset(ZoneOffset.UTC))
                .param("used", passkey.getLastUsed().atOffset(ZoneOffset.UTC))
                .update();
    }

    private static byte @Nullable [] bytes(@Nullable Bytes bytes) {
        return bytes == null ? null : bytes.getBytes();
    }

    @Override
    public @Nullable CredentialRecord findByCredentialId(Bytes credentialId) {
        return jdbc.sql(SELECT + "p.credential_id = ?")
                .param(credentialId.getBytes())
                .query((row, _) -> passkey(row))
                .optional()
                .orElse(null);
    }

    @Override
    public List<CredentialRecord> findByUserId(Bytes handle) {
        return jdbc.sql(SELECT + "h.handle = ?")
                .param(handle.getBytes())
                .query((row, _) -> passkey(row))
                .list();
    }

    /** A person removes his own by {@link Passkeys}, which asks whose it is. */
    @Override
    public void delete(Bytes credentialId) {
        throw new UnsupportedOperationException("passkeys are removed by their ids");
    }

    private static CredentialRecord passkey(ResultSet row) throws SQLException {
        byte[] attestation = row.getBytes("attestation");
        byte[] client = row.getBytes("client_data");
        return ImmutableCredentialRecord.builder()
                .credentialType(PublicKeyCredentialType.PUBLIC_KEY)
                .credentialId(new Bytes(row.getBytes("credential_id")))
                .userEntityUserId(new Bytes(row.getBytes("handle")))
                .publicKey(new ImmutablePublicKeyCose(row.getBytes("public_key")))
                .signatureCount(row.getLong("signature_count"))
                .uvInitialized(row.getBoolean("uv_initialized"))
                .backupEligible(row.getBoolean("backup_eligible"))
                .backupState(row.getBoolean("backup_state"))
                .transports(
                        Arrays.stream((String[]) row.getArray("transports").getArray())
                                .map(AuthenticatorTransport::valueOf)
                                .collect(Collectors.toSet()))
                .attestationObject(attestation == null ? null : new Bytes(attestation))
                .attestationClientDataJSON(client == null ? null : new Bytes(client))
                .created(row.getObject("created_at", OffsetDateTime.class).toInstant())
                .lastUsed(row.getObject("last_used_at", OffsetDateTime.class).toInstant())
                .label(row.getString("label"))
                .build();
    }
}
