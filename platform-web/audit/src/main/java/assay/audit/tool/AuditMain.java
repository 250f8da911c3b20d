package assay.audit.tool;

import assay.audit.AuditRow;
import assay.audit.DayCopy;
import assay.audit.chain.AuditExport;
import assay.audit.chain.ChainBreak;
import assay.audit.chain.ChainCheck;
import assay.audit.chain.ChainReport;
import assay.audit.chain.DaySeal;
import assay.audit.chain.ExportCheck;
import assay.audit.chain.SealCopies;
import assay.audit.chain.SealKey;
import assay.audit.elastic.ElasticStore;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code assay audit verify|export|check-export [OPTIONS]}. Exit code: 0, 1 where something was
 * tampered with or could not be read, 2 for a call, 3 where all is well and a part has no seal yet.
 */
public final class AuditMain {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final int NOT_ALL_SEALED = 3;
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String USAGE =
            """
            usage: ./assay audit verify [--data DIR] [--seals DIR] [--key FILE] [--elasticsearch off] [--json]
                     holds records, chain, day seals, their second place and Elasticsearch against each other
                   ./assay audit export --tenant NAME|ID|platform --from TIME --to TIME --out FILE.zip [--data DIR] [--json]
                     writes a tenant's records with their proof
                   ./assay audit check-export FILE.zip [--key FILE] [--json]
                     verifies such a file by itself, without a database

            options
              --data DIR         the installation, which must be running (default: .assay)
              --seals DIR        the second place of day seals; may be given again (default: DIR/audit-seals)
              --key FILE         a public key in PEM that seals may be signed with; may be given again
                                 (default: that of the installation; for check-export, those in the file)
              --elasticsearch off  leaves the copy there unread (default: read where the installation has one)
              --from, --to TIME  2026-11-22 or 2026-11-22T08:00:00Z; up to --to, and not with it
              --json             the result as one JSON object

            exit code: 0 intact, 1 tampered with or unreadable, 2 a wrong call,
            3 intact, and a part of the export is not sealed yet
            """;

    private final PrintStream out;

    private AuditMain(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        System.exit(run(Arrays.asList(args), System.out, System.err));
    }

    /** The exit code. */
    static int run(List<String> args, PrintStream out, PrintStream error) {
        if (args.isEmpty() || args.contains("--help") || args.contains("-h")) {
            (args.isEmpty() ? error : out).print(USAGE);
            return args.isEmpty() ? MISUSED : 0;
        }
        List<String> rest = args.subList(1, args.size());
        var main = new AuditMain(out);
        try {
            return switch (args.getFirst()) {
                case "verify" ->
                        main.verify(
                                ToolOptions.parse(
                                        rest,
                                        Set.of("--data", "--seals", "--key", "--elasticsearch"),
                                        0));
                case "export" ->
                        main.export(
                                ToolOptions.parse(
                                        rest,
                                        Set.of(
                                                "--data",
                                                "--seals",
                                                "--key",
                                                "--tenant",
                                                "--from",
                                                "--to",
                                                "--out"),
                                        0));
                case "check-export" ->
                        main.checkExport(ToolOptions.parse(rest, Set.of("--key"), 1));
                default ->
                        throw new ToolOptions.Misuse(
                                args.getFirst()
                                        + ": unknown (expected: verify, export or check-export)");
            };
        } catch (ToolOptions.Misuse | IllegalArgumentException e) {
            error.println("assay: " + e.getMessage());
            return MISUSED;
        } catch (SQLException
                | IOException
                | UncheckedIOException
                | IllegalStateException
                | DayCopy.CopyUnavailable e) {
            error.println("assay: " + e.getMessage());
            return FAILED;
        }
    }

    // ---------------------------------------------------------------- verify

    private int verify(ToolOptions options) throws IOException, SQLException {
        var installed = new InstalledAudit(options);
        List<SealCopies> places = installed.places();
        List<PublicKey> keys = installed.keys();
        if (keys.isEmpty() && places.isEmpty()) {
            throw new ToolOptions.Misuse(
                    "no key to verify seals with (expected: --key FILE or --seals DIR)");
        }
        var check = new ChainCheck(installed.database(), places, keys, InstantSource.system());
        try (ElasticStore store = installed.elasticsearch().orElse(null)) {
            ChainReport report = check.check(store == null ? null : store.days());
            if (options.json()) {
                out.println(JSON.writeValueAsString(fields(report)));
            } else {
                print(report);
            }
            return report.intact() ? 0 : FAILED;
        }
    }

    private static Map<String, Object> fields(ChainReport report) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("intact", report.intact());
        fields.put("records", report.records());
        fields.put("dropped_records", report.droppedRecords());
        fields.put("tenants", report.tenants());
        fields.put("seals", report.seals());
        fields.put("unsealed_days", report.unsealedDays());
        fields.put("waiting", report.waiting());
        fields.put("seconds", report.took().toMillis() / 1000.0);
        fields.put("breaks", report.breaks().stream().map(AuditMain::fields).toList());
        return fields;
    }

    private static Map<String, Object> fields(ChainBreak one) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kind", one.kind().name());
        fields.put("place", one.place());
        fields.put("tenant", one.tenant() == null ? null : one.tenant().toString());
        fields.put("sequence", one.sequence());
        fields.put("id", one.id() == null ? null : one.id().toString());
        fields.put("day", one.day() == null ? null : one.day().toString());
        fields.put("what", one.what());
        return fields;
    }

    private void print(ChainReport report) {
        out.printf(
                "%d records of %d chains, %d seals; %d days without a seal yet; %d records wait"
                        + " for their place; %d went after retention%n",
                report.records(),
                report.tenants(),
                report.seals(),
                report.unsealedDays(),
                report.waiting(),
                report.droppedRecords());
        if (report.intact()) {
            out.println("intact: nothing was changed, taken out, put in or moved");
            return;
        }
        out.println("NOT INTACT, the first break first:");
        for (ChainBreak one : report.breaks()) {
            out.printf(
                    "  %s in %s: %s%s%s%s: %s%n",
                    one.kind(),
                    one.place(),
                    one.tenant() == null ? "" : "tenant " + one.tenant(),
                    one.sequence() == 0 ? "" : ", sequence " + one.sequence(),
                    one.id() == null ? "" : ", record " + one.id(),
                    one.day() == null ? "" : (one.tenant() == null ? "" : ", ") + one.day(),
                    one.what());
        }
    }

    // ---------------------------------------------------------------- export

    private int export(ToolOptions options) throws IOException, SQLException {
        var installed = new InstalledAudit(options);
        DataSource database = installed.database();
        var range =
                new AuditExport.Range(
                        tenant(database, options.get("--tenant")),
                        options.moment("--from"),
                        options.moment("--to"));
        Path file = Path.of(options.get("--out"));
        List<PublicKey> keys = new ArrayList<>(installed.keys());
        installed
                .places()
                .forEach(place ->
                        place.read().stream()
                                .map(DaySeal.Kept::publicKey)
                                .filter(key -> !keys.contains(key))
                                .forEach(keys::add));
        AuditExport.Written written;
        try (var to = Files.newOutputStream(file)) {
            written = new AuditExport(database, keys).write(range, to);
        }
        if (options.json()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", file.toString());
            fields.put("records", written.records());
            fields.put("links", written.links());
            fields.put("days", written.days());
            fields.put("unsealed_days", written.unsealedDays());
            out.println(JSON.writeValueAsString(fields));
        } else {
            out.printf(
                    "%s: %d records of %d days, of which %d have no seal yet%n",
                    file, written.records(), written.days(), written.unsealedDays());
        }
        return 0;
    }

    private static UUID tenant(DataSource database, String name) throws SQLException {
        if (name.equals("platform")) {
            return AuditRow.PLATFORM;
        }
        try {
            return UUID.fromString(name);
        } catch (IllegalArgumentException e) {
            try (Connection connection = database.getConnection();
                    PreparedStatement statement =
                            connection.prepareStatement("select id from tenants where slug = ?")) {
                statement.setString(1, name);
                try (ResultSet row = statement.executeQuery()) {
                    if (!row.next()) {
                        throw new ToolOptions.Misuse("--tenant " + name + ": no such tenant");
                    }
                    return row.getObject(1, UUID.class);
                }
            }
        }
    }

    private int checkExport(ToolOptions options) throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (Path file : options.paths("--key")) {
            keys.add(SealKey.readPublic(file));
        }
        ExportCheck.Result result = new ExportCheck(keys).check(Path.of(options.word(0)));
        long open = result.records() - result.sealed();
        if (options.json()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("intact", result.firstBreak().isEmpty());
            fields.put("tenant", result.tenant().toString());
            fields.put("from", result.from().toString());
            fields.put("to", result.to().toString());
            fields.put("records", result.records());
            fields.put("sealed", result.sealed());
            fields.put("key_ids", result.keyIds());
            fields.put("keys_trusted", result.keysTrusted());
            fields.put("first_break", result.firstBreak().orElse(null));
            out.println(JSON.writeValueAsString(fields));
        } else {
            out.printf(
                    "tenant %s, %s to %s: %d records, %d of them under a seal%n",
                    result.tenant(), result.from(), result.to(), result.records(), result.sealed());
            out.printf(
                    "signed by %s (%s)%n",
                    result.keyIds(),
                    result.keysTrusted()
                            ? "the keys that were given"
                            : "keys in the file itself: compare them, or give --key");
            out.println(result.firstBreak().map(what -> "NOT INTACT: " + what).orElse("intact"));
        }
        return result.firstBreak().isPresent() ? FAILED : open > 0 ? NOT_ALL_SEALED : 0;
    }
}
