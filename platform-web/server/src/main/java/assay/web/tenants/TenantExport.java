package assay.web.tenants;

import assay.web.audit.AuditedChanges;
import assay.web.identity.Permission;
import assay.web.tenancy.TenantTransactions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * All that a tenant owns, as it stands at one moment: a ZIP file with a file of JSON lines for each
 * table. Secrets and their hashes are left out. Thread-safe.
 */
@Component
class TenantExport {
    /** Columns that tell nothing to who may read, and much to who attacks. */
    private static final String SECRET =
            "'{key_hash,token_hash,secret,client_secret,code_hash,body,password_hash}'::text[]";

    private final TenantTransactions transactions;
    private final TenantRegister tenants;
    private final AuditedChanges changes;

    TenantExport(TenantTransactions transactions, TenantRegister tenants, AuditedChanges changes) {
        this.transactions = transactions;
        this.tenants = tenants;
        this.changes = changes;
    }

    /** Asks for the right and leaves the record, before the first byte. */
    TenantRegister.Entry begin(AdminCall call, UUID id) {
        var change =
                call.change(
                        "tenant.export",
                        "tenant",
                        id.toString(),
                        "GET",
                        "/tenants/" + id + "/export");
        return changes.run(
                change,
                () -> {
                    call.caller().require(Permission.TENANT_MANAGE);
                    return tenants.find(call.caller(), id);
                });
    }

    void write(TenantRegister.Entry tenant, OutputStream out) throws IOException {
        var zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        zip.putNextEntry(new ZipEntry("tenant.json"));
        line(zip, TenantsController.json(tenant).toString());
        zip.closeEntry();
        transactions.snapshot(
                tenant.id(),
                transaction -> {
                    for (String table : tables(transaction)) {
                        write(transaction, zip, table);
                    }
                    return true;
                });
        zip.finish();
    }

    /** Those that this server may read; the batch jobs are the scheduler's. */
    private static List<String> tables(JdbcClient transaction) {
        return transaction
                .sql(
                        """
                        select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                        where c.relnamespace = 'public'::regnamespace and a.attname = 'tenant_id'
                            and not a.attisdropped and c.relkind in ('r', 'p')
                            and not c.relispartition and has_table_privilege(c.oid, 'select')
                        order by 1
                        """)
                .query((row, _) -> row.getString(1))
                .list();
    }

    private static void write(JdbcClient transaction, ZipOutputStream zip, String table) {
        // The name comes from the catalogue, and is quoted by it where it must be.
        String quoted =
                transaction.sql("select quote_ident(?)").param(table).query(String.class).single();
        try {
            zip.putNextEntry(new ZipEntry(table + ".ndjson"));
            transaction
                    .sql("select (to_jsonb(t) - " + SECRET + ")::text from " + quoted + " t")
                    .withFetchSize(500)
                    .query(row -> {
                        line(zip, row.getString(1));
                    });
            zip.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException("the export of " + table, e);
        }
    }

    private static void line(ZipOutputStream zip, String line) {
        try {
            zip.write(line.getBytes(StandardCharsets.UTF_8));
            zip.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException("an export", e);
        }
    }
}
