package assay.audit.chain;

import assay.audit.CanonicalForm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Verifies a file of {@link AuditExport} by itself: no database, no network. Each record is the one
 * that its link has, links follow from one another, each day's links lead to the root that its seal
 * says, and the seal is signed. Confined to one thread, for one file.
 */
public final class ExportCheck {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HexFormat HEX = HexFormat.of();

    private final Collection<PublicKey> trusted;

    private UUID tenant = new UUID(0, 0);
    private Instant from = Instant.MIN;
    private Instant to = Instant.MAX;
    private long recordCount;
    private long sealedCount;
    private long lastSequence;
    private byte[] lastHash = Hashes.genesis();

    /**
     * @param trusted keys that seals may be signed with; none to take those of the file, which
     *     proves that nothing was changed since it was signed by whoever has them
     */
    public ExportCheck(Collection<PublicKey> trusted) {
        this.trusted = java.util.List.copyOf(trusted);
    }

    /**
     * What was found.
     *
     * @param records in the file, up to the first break
     * @param sealed of these, those that a seal proves; the rest came after the last seal
     * @param keyIds that seals are signed with: to be compared with those of the installation
     * @param keysTrusted whether the keys were given, not taken from the file
     * @param firstBreak what is wrong and where
     */
    public record Result(
            UUID tenant,
            Instant from,
            Instant to,
            long records,
            long sealed,
            List<String> keyIds,
            boolean keysTrusted,
            Optional<String> firstBreak) {}

    /** The first thing that is wrong. */
    private static final class Broken extends RuntimeException {
        Broken(String what) {
            super(what);
        }
    }

    /** A line of links.ndjson; a class, so that it may hold arrays. */
    private static final class Link {
        final LocalDate day;
        final long sequence;
        final String id;
        final Instant at;
        final byte[] content;
        final byte[] hash;

        Link(JsonNode line) {
            day = LocalDate.parse(line.required("day").asString());
            sequence = line.required("sequence").asLong();
            id = line.required("id").asString();
            at = Instant.parse(line.required("at").asString());
            content = HEX.parseHex(line.required("content_hash").asString());
            hash = HEX.parseHex(line.required("hash").asString());
        }
    }

    /** Lines of an entry, one ahead. */
    private static final class Lines implements AutoCloseable {
        private final BufferedReader reader;
        private @Nullable JsonNode current;

        Lines(ZipFile zip, String name) throws IOException {
            reader =
                    new BufferedReader(
                            new InputStreamReader(
                                    zip.getInputStream(entry(zip, name)), StandardCharsets.UTF_8));
            next();
        }

        void next() throws IOException {
            String line = reader.readLine();
            current = line == null ? null : JSON.readTree(line);
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    private static ZipEntry entry(ZipFile zip, String name) {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new Broken("the file has no " + name);
        }
        return entry;
    }

    /**
     * Checks a file.
     *
     * @throws IOException if it can not be read as a zip
     */
    public Result check(Path file) throws IOException {
        List<String> keyIds = new ArrayList<>();
        String broken = null;
        try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
            JsonNode proof;
            try (var in = zip.getInputStream(entry(zip, "proof.json"))) {
                proof = JSON.readTree(in);
            }
            if (!proof.path("form").asString("").equals(AuditExport.FORM)) {
                throw new Broken("form: " + proof.path("form") + " (expected: " + AuditExport.FORM);
            }
            tenant = UUID.fromString(proof.required("tenant").asString());
            from = Instant.parse(proof.required("from").asString());
            to = Instant.parse(proof.required("to").asString());
            try (var links = new Lines(zip, "links.ndjson");
                    var records = new Lines(zip, "records.ndjson")) {
                for (JsonNode day : proof.required("days")) {
                    checkDay(day, keys(proof), links, records, keyIds);
                }
                if (links.current != null || records.current != null) {
                    throw new Broken("there is more in the file than its proof covers");
                }
            }
        } catch (Broken e) {
            broken = e.getMessage();
        } catch (RuntimeException e) { // whatever a changed file makes of a parser
            broken = "the file can not be read: " + e.getMessage();
        }
        return new Result(
                tenant,
                from,
                to,
                recordCount,
                sealedCount,
                keyIds.stream().distinct().toList(),
                !trusted.isEmpty(),
                Optional.ofNullable(broken));
    }

    private Map<String, PublicKey> keys(JsonNode proof) {
        Map<String, PublicKey> keys = new HashMap<>();
        if (trusted.isEmpty()) {
            for (JsonNode key : proof.required("public_keys")) {
                PublicKey one = SealKey.publicKey(Base64.getDecoder().decode(key.asString()));
                keys.put(SealKey.id(one), one);
            }
        }
        trusted.forEach(key -> keys.put(SealKey.id(key), key));
        return keys;
    }

    private void checkDay(
            JsonNode proof,
            Map<String, PublicKey> keys,
            Lines links,
            Lines records,
            List<String> keyIds)
            throws IOException {
        LocalDate day = LocalDate.parse(proof.required("day").asString());
        if (proof.has("seal")) {
            DaySeal seal = DaySeal.of(proof.required("seal"));
            PublicKey key = keys.get(seal.keyId());
            if (key == null || !SealKey.verifies(seal, key) || !seal.day().equals(day)) {
                throw new Broken(
                        "seal %s: not signed by a key that is trusted (its key: %s)"
                                .formatted(seal.name(), seal.keyId()));
            }
            keyIds.add(seal.keyId());
            long first = proof.required("from").asLong();
            long last = proof.required("to").asLong();
            List<byte[]> hashes = new ArrayList<>();
            proof.required("hashes").forEach(hash -> hashes.add(HEX.parseHex(hash.asString())));
            long before = recordCount;
            byte[] root =
                    MerkleTree.rootOf(
                            seal.records(),
                            first,
                            last,
                            () -> nextLeaf(day, links, records),
                            hashes);
            if (!HEX.formatHex(root).equals(seal.root())) {
                throw new Broken(
                        "%s: the links lead to the root %s (in its seal: %s)"
                                .formatted(day, HEX.formatHex(root), seal.root()));
            }
            sealedCount += recordCount - before;
        }
        while (links.current != null && new Link(links.current).day.equals(day)) {
            byte[] _ = nextLeaf(day, links, records);
        }
    }

    private byte[] nextLeaf(LocalDate day, Lines links, Lines records) {
        try {
            if (links.current == null) {
                throw new Broken(day + ": links are missing at the end");
            }
            var link = new Link(links.current);
            if (!link.day.equals(day)) {
                throw new Broken(day + ": links are missing before sequence " + link.sequence);
            }
            links.next();
            follow(link);
            record(link, records);
            return Hashes.leaf(tenant, link.sequence, link.content, link.hash);
        } catch (IOException e) {
            throw new Broken("the file can not be read: " + e.getMessage());
        }
    }

    private void follow(Link link) {
        if (link.sequence == lastSequence + 1
                && !Arrays.equals(Hashes.link(lastHash, link.sequence, link.content), link.hash)) {
            throw broken(link, "its hash does not follow from the link before");
        }
        lastSequence = link.sequence;
        lastHash = link.hash;
    }

    /** Its record, where it is one of the time that was asked for. */
    private void record(Link link, Lines records) throws IOException {
        JsonNode line = records.current;
        if (line == null || line.path("link").path("sequence").asLong() != link.sequence) {
            boolean wholeDay =
                    !Sql.start(link.day).isBefore(from)
                            && !Sql.start(link.day.plusDays(1)).isAfter(to);
            if (wholeDay || (!link.at.isBefore(from) && link.at.isBefore(to))) {
                throw broken(link, "the record is missing");
            }
            return;
        }
        JsonNode record = line.required("record");
        byte[] content = Hashes.sha256(CanonicalForm.text(record).getBytes(StandardCharsets.UTF_8));
        if (!Arrays.equals(content, link.content)) {
            throw broken(link, "the record is not the one that was hashed");
        }
        if (!record.required("id").asString().equals(link.id)
                || !record.required("tenant").asString().equals(tenant.toString())) {
            throw broken(link, "the record is another than its link says");
        }
        recordCount++;
        records.next();
    }

    private static Broken broken(Link link, String what) {
        return new Broken(
                "sequence %d, record %s of %s: %s"
                        .formatted(link.sequence, link.id, link.at, what));
    }
}
