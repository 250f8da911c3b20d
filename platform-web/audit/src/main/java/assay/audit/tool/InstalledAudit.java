package assay.audit.tool;

import assay.audit.chain.SealCopies;
import assay.audit.chain.SealFiles;
import assay.audit.chain.SealKey;
import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticSettings.Layout;
import assay.audit.elastic.ElasticStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where a running installation keeps what is verified, unless options say otherwise. */
final class InstalledAudit {
    private final ToolOptions options;
    private final Path data;

    InstalledAudit(ToolOptions options) {
        this.options = options;
        this.data = Path.of(options.find("--data").orElse(".assay"));
    }

    /**
     * The database, as {@code up} says how to reach it.
     *
     * @throws IOException if nothing is up there
     */
    DataSource database() throws IOException {
        var database = new PGSimpleDataSource();
        database.setUrl(connect().required("database").asString());
        return database;
    }

    private JsonNode connect() throws IOException {
        Path file = data.resolve("connect.json");
        if (Files.notExists(file)) {
            throw new IOException(file + " is not there: is it up? (./assay up --data DIR)");
        }
        return JsonMapper.shared().readTree(Files.readString(file));
    }

    /**
     * The searchable copy, read with the key for searches; empty where there is none, or it is not
     * wanted.
     */
    Optional<ElasticStore> elasticsearch() throws IOException {
        String wanted = options.find("--elasticsearch").orElse("on");
        if (!wanted.equals("on") && !wanted.equals("off")) {
            throw new ToolOptions.Misuse("--elasticsearch: " + wanted + " (expected: off)");
        }
        JsonNode address = connect().path("elasticsearch");
        if (wanted.equals("off") || !address.isString()) {
            return Optional.empty();
        }
        Path folder = data.resolve("elasticsearch");
        Path ca = folder.resolve("ca.pem");
        return Optional.of(
                new ElasticStore(
                        new ElasticSettings(
                                URI.create(address.asString()),
                                true, // as the installation itself reaches it
                                keyFiles(folder),
                                Files.exists(ca) ? Optional.of(ca) : Optional.empty(),
                                Layout.DAY_INDICES,
                                ElasticSettings.DEFAULT_PREFIX,
                                0,
                                ElasticSettings.LEAST_RETENTION_DAYS,
                                ElasticSettings.DEFAULT_PATIENCE)));
    }

    private static Map<Authority, Path> keyFiles(Path folder) {
        Path reader = folder.resolve("reader-key");
        Path deleter = folder.resolve("deleter-key");
        return Files.exists(reader) && Files.exists(deleter)
                ? Map.of(Authority.READER, reader, Authority.DELETER, deleter)
                : Map.of();
    }

    /** The second places of day seals. */
    List<SealCopies> places() {
        List<SealCopies> places = new ArrayList<>();
        options.paths("--seals").forEach(folder -> places.add(new SealFiles(folder)));
        Path usual = data.resolve("audit-seals");
        if (places.isEmpty() && Files.isDirectory(usual)) {
            places.add(new SealFiles(usual));
        }
        return places;
    }

    /** What seals may be signed with. */
    List<PublicKey> keys() throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (Path file : options.paths("--key")) {
            keys.add(SealKey.readPublic(file));
        }
        Path usual = SealKey.publicFile(data.resolve("web").resolve("secrets"));
        if (keys.isEmpty() && Files.exists(usual)) {
            keys.add(SealKey.readPublic(usual));
        }
        return keys;
    }
}
