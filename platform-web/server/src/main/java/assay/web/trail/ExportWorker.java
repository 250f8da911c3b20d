package assay.web.trail;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.audit.search.AuditSearch;
import assay.audit.search.TooWideException;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.tenancy.TenantTransactions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Writes exports to files, one at a time and a thousand records at a time, so that memory stays
 * what it is however many there are. After each thousand the row tells how far the file is good:
 * after a restart the gateway cuts the file there and goes on; another gateway, which has no file,
 * begins anew once the lease is over. One thread.
 */
@Component
class ExportWorker implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(ExportWorker.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LEASE = Duration.ofMinutes(1);

    /** Of looks: old files go about every minute. */
    private static final int SWEEP_EVERY = 60;

    private final TenantTransactions transactions;
    private final AuditSearch search;
    private final ExportFolder folder;
    private final InstantSource clock;
    private volatile CountDownLatch stop = new CountDownLatch(1);
    private volatile boolean running;

    ExportWorker(
            TenantTransactions transactions,
            AuditSearch search,
            ExportFolder folder,
            InstantSource clock) {
        this.transactions = transactions;
        this.search = search;
        this.folder = folder;
        this.clock = clock;
    }

    /**
     * An export under way.
     *
     * @param until nothing later is in it
     * @param bytes of the file that are good
     * @param cursor what is older is still to come; null at the begin
     */
    private record Task(
            UUID id,
            AuditExport.Format format,
            AuditScope scope,
            String query,
            Instant until,
            long records,
            long bytes,
            @Nullable AuditCursor cursor) {
        static Task read(ResultSet row) throws SQLException {
            AuditExport export = StoredExports.export(row);
            String cursor = row.getString("cursor");
            return new Task(
                    export.id(),
                    export.format(),
                    AuditScope.parse(export.scope()),
                    export.query(),
                    row.getObject("until", OffsetDateTime.class).toInstant(),
                    export.records(),
                    export.bytes(),
                    cursor == null ? null : AuditCursor.parse(cursor));
        }

        AuditQuery asked() {
            return AuditQuery.parse(scope, AuditQuery.unlink(query), until);
        }
    }

    @Override
    public void start() {
        running = true;
        stop = new CountDownLatch(1);
        Thread.ofVirtual().name("audit-exports").start(this::lookOn);
    }

    private void lookOn() {
        try {
            int looks = 0;
            do {
                if (looks++ % SWEEP_EVERY == 0) {
                    quietly(this::sweep);
                }
                quietly(this::runOnce);
            } while (!stop.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (WebException e) {
            LOG.debug("no export is worked off while the database is away", e);
        } catch (RuntimeException | IOException e) {
            LOG.error("audit exports: tried again", e);
        }
    }

    /** Works one off, if there is one. */
    void runOnce() {
        Optional<Task> taken = take();
        if (taken.isEmpty()) {
            return;
        }
        Task task = taken.get();
        try {
            write(task);
        } catch (WebException e) {
            if (e.code() != ErrorCode.DATABASE_AWAY) {
                fail(task, e.detail());
            }
        } catch (IOException e) {
            LOG.warn("the export {} failed", task.id(), e);
            fail(task, "the file could not be written");
        } catch (TooWideException e) {
            fail(task, String.valueOf(e.getMessage()));
        }
    }

    /** One that waits, or that its gateway left; its own this gateway takes back at once. */
    private Optional<Task> take() {
        String gateway = folder.gateway();
        return transactions.onPlatform(transaction ->
                transaction
                        .sql(
                                """
                                update trail_exports set state = 'running', gateway = :me,
                                    lease_until = :lease,
                                    records = case when gateway = :me then records else 0 end,
                                    bytes = case when gateway = :me then bytes else 0 end,
                                    cursor = case when gateway = :me then cursor end
                                where id = (
                                    select id from trail_exports
                                    where state = 'waiting'
                                        or state = 'running' and (gateway = :me or lease_until < :now)
                                    order by created_at limit 1 for update skip locked)
                                returning *
                                """)
                        .param("me", gateway)
                        .param("now", StoredExports.utc(clock.instant()))
                        .param("lease", StoredExports.utc(clock.instant().plus(LEASE)))
                        .query((row, _) -> Task.read(row))
                        .optional());
    }

    private void write(Task task) throws IOException {
        Path path = folder.file(task.id());
        AuditQuery query = task.asked();
        expect(task, query);
        boolean wanted;
        try (var file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            wanted = write(task, query, file);
        }
        if (stop.getCount() == 0) {
            return; // the next start goes on
        }
        if (!wanted) {
            Files.deleteIfExists(path);
            return;
        }
        finish(task, sha256(path));
    }

    /** Whether it is wanted to its end; false too when the program stops. */
    private boolean write(Task task, AuditQuery query, FileChannel file) throws IOException {
        boolean whole = file.size() >= task.bytes();
        long records = whole ? task.records() : 0;
        AuditCursor cursor = whole ? task.cursor() : null;
        file.truncate(whole ? task.bytes() : 0);
        file.position(file.size());
        if (cursor == null) {
            file.truncate(0);
            file.position(0);
            if (task.format() == AuditExport.Format.CSV) {
                put(file, RecordCsv.head());
            }
        }
        do {
            AuditPage page = search.page(query, cursor, AuditSearch.LONGEST_PAGE);
            var lines = new StringBuilder();
            for (AuditFound each : page.records()) {
                lines.append(
                        task.format() == AuditExport.Format.CSV
                                ? RecordCsv.line(each)
                                : RecordJson.of(each) + "\n");
            }
            put(file, lines.toString());
            file.force(false);
            records += page.records().size();
            cursor = page.next();
            if (!keep(task, records, file.size(), cursor)) {
                return false;
            }
        } while (cursor != null && stop.getCount() > 0);
        return cursor == null;
    }

    private static void put(FileChannel file, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    private void expect(Task task, AuditQuery query) {
        Long expected;
        try {
            expected = search.histogram(query).count();
        } catch (TooWideException e) {
            expected = null;
        }
        Long known = expected;
        transactions.onPlatform(transaction ->
                transaction
                        .sql("update trail_exports set expected = :expected where id = :id")
                        .param("expected", known, java.sql.Types.BIGINT)
                        .param("id", task.id())
                        .update());
    }

    /** Tells how far it is; whether somebody still wants it. */
    private boolean keep(Task task, long records, long bytes, @Nullable AuditCursor cursor) {
        return transactions.onPlatform(transaction ->
                transaction
                        .sql(
                                """
                                update trail_exports set records = :records, bytes = :bytes,
                                    cursor = coalesce(:cursor, cursor), lease_until = :lease
                                where id = :id and state = 'running' and gateway = :me
                                """)
                        .param("records", records)
                        .param("bytes", bytes)
                        .param(
                                "cursor",
                                cursor == null ? null : cursor.toString(),
                                java.sql.Types.VARCHAR)
                        .param("lease", StoredExports.utc(clock.instant().plus(LEASE)))
                        .param("id", task.id())
                        .param("me", folder.gateway())
                        .update())
                == 1;
    }

    private void finish(Task task, String sha256) {
        Instant now = clock.instant();
        transactions.onPlatform(transaction ->
                transaction
                        .sql(
                                """
                                update trail_exports set state = 'done', sha256 = :sha256,
                                    finished_at = :now, expires_at = :expires
                                where id = :id and state = 'running'
                                """)
                        .param("sha256", sha256)
                        .param("now", StoredExports.utc(now))
                        .param("expires", StoredExports.utc(now.plus(StoredExports.KEPT)))
                        .param("id", task.id())
                        .update());
    }

    private void fail(Task task, String reason) {
        transactions.onPlatform(transaction ->
                transaction
                        .sql(
                                "update trail_exports set state = 'failed', reason = :reason,"
                                        + " finished_at = :now where id = :id and state = 'running'")
                        .param("reason", reason)
                        .param("now", StoredExports.utc(clock.instant()))
                        .param("id", task.id())
                        .update());
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in =
                new DigestInputStream(
                        Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Forgets what is past its time, and removes the files that no row speaks of. */
    void sweep() throws IOException {
        folder.gateway();
        var kept =
                transactions.onPlatform(transaction -> {
                    transaction
                            .sql(
                                    "delete from trail_exports where expires_at < :now"
                                            + " and state not in ('waiting', 'running')")
                            .param("now", StoredExports.utc(clock.instant()))
                            .update();
                    return transaction
                            .sql(
                                    "select id from trail_exports where state in ('waiting', 'running', 'done')")
                            .query((row, _) -> row.getObject(1, UUID.class))
                            .list();
                });
        folder.keepOnly(new HashSet<>(kept));
    }

    @Override
    public void stop() {
        running = false;
        stop.countDown();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
