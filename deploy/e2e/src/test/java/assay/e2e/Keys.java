package assay.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tenants and keys, made in the database as the gateway makes them. Confined to its thread. */
final class Keys {
    private static final String ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_CHARS = 40;
    private static final int SUM_CHARS = 6;

    private final Connection database;
    private final SecretKeySpec pepper;
    private final SecureRandom random = new SecureRandom();

    Keys(Connection database, Path folder) throws IOException {
        this.database = database;
        String secret = Files.readString(folder.resolve("web/secrets/api-key-pepper")).strip();
        this.pepper = new SecretKeySpec(HexFormat.of().parseHex(secret), "HmacSHA256");
    }

    UUID tenant(String slug) throws SQLException {
        try (var insert =
                        database.prepareStatement(
                                "insert into tenants (id, slug, name) values (?, ?, ?)"
                                        + " on conflict (slug) do nothing");
                var query = database.prepareStatement("select id from tenants where slug = ?")) {
            insert.setObject(1, UUID.randomUUID());
            insert.setString(2, slug);
            insert.setString(3, slug);
            insert.executeUpdate();
            query.setString(1, slug);
            try (var rows = query.executeQuery()) {
                rows.next();
                return rows.getObject(1, UUID.class);
            }
        }
    }

    String make(UUID tenant, String... scopes) throws Exception {
        String key = draw();
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(pepper);
        try (var insert =
                database.prepareStatement(
                        "insert into api_keys (id, tenant_id, name, prefix, key_hash, scopes)"
                                + " values (?, ?, 'test', ?, ?, ?)")) {
            insert.setObject(1, UUID.randomUUID());
            insert.setObject(2, tenant);
            insert.setString(3, key.substring(0, 10));
            insert.setBytes(4, mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
            insert.setArray(5, database.createArrayOf("text", scopes));
            insert.executeUpdate();
        }
        return key;
    }

    private String draw() {
        var text = new StringBuilder("ask_");
        for (int i = 0; i < RANDOM_CHARS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        var crc = new CRC32();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        long rest = crc.getValue();
        var sum = new char[SUM_CHARS];
        for (int i = SUM_CHARS - 1; i >= 0; i--) {
            sum[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return text.append(sum).toString();
    }
}
