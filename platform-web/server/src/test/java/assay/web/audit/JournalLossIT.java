package assay.web.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Every call that was answered has one record, whatever is killed. */
class JournalLossIT {
    private static final int ROUNDS = 4;
    private static final int MOST_CALLS = 4000;

    @TempDir private Path folder;

    @Test
    void everyAnsweredCallHasOneRowThoughBothProcessesAreKilledAgainAndAgain() throws Exception {
        var answered = ConcurrentHashMap.<UUID>newKeySet();
        var chance = new Random(2026);
        try (var database = TestDatabase.start()) {
            var superuser = JdbcClient.create(database.superuser());
            for (int round = 0; round < ROUNDS; round++) {
                int until = answered.size() + 200 + chance.nextInt(MOST_CALLS);
                Process child = child(database);
                try (BufferedReader lines = child.inputReader()) {
                    boolean killed = false;
                    while (answered.size() < until) {
                        answer(lines.readLine()).ifPresent(answered::add);
                        if (!killed && answered.size() > until - 150) {
                            killed = true;
                            killServerProcess(superuser);
                        }
                    }
                    child.toHandle().destroyForcibly(); // SIGKILL; what it wrote can be read
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        answer(line).ifPresent(answered::add);
                    }
                } finally {
                    child.destroyForcibly().waitFor();
                }
            }
            try (var rig =
                    new JournalRig(
                            database.url(),
                            DatabaseRoles.WEB,
                            database.password(),
                            folder,
                            1L << 30,
                            Duration.ZERO)) {
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> rig.journal.size() == 0);
            }
            List<UUID> stored =
                    superuser
                            .sql("select id from audit_events where tenant_id = ?")
                            .param(new UUID(7, 7))
                            .query((row, _) -> UUID.fromString(row.getString(1)))
                            .list();
            Map<UUID, Long> times =
                    stored.stream().collect(Collectors.groupingBy(it -> it, Collectors.counting()));
            assertThat(times.values()).containsOnly(1L);
            assertThat(times.keySet()).containsAll(answered);
            assertThat(stored.size() - answered.size()) // written, and killed before the answer
                    .isLessThan(ROUNDS * 64);
            assertThat(
                            superuser
                                    .sql(
                                            """
                                            select count(*) from audit_unsealed
                                                join audit_events using (id, at)
                                            where tenant_id = ?
                                            """)
                                    .param(new UUID(7, 7))
                                    .query(Long.class)
                                    .single())
                    .isEqualTo(stored.size());
        }
    }

    /** The last line may be a piece. */
    private static Optional<UUID> answer(@Nullable String line) {
        if (line == null) {
            throw new IllegalStateException("the process ended before it was killed");
        }
        return line.startsWith(JournalChild.ANSWERED)
                        && line.length() == JournalChild.ANSWERED.length() + 36
                ? Optional.of(UUID.fromString(line.substring(JournalChild.ANSWERED.length())))
                : Optional.empty();
    }

    private Process child(TestDatabase database) throws IOException {
        return java(
                List.of(),
                JournalChild.class,
                database.url(),
                DatabaseRoles.WEB,
                database.password(),
                folder.toString());
    }

    private static Process java(List<String> before, Class<?> main, String... arguments)
            throws IOException {
        var command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx128m",
                        "-Dlogging.level.root=error",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** With SIGKILL: the server then ends all others and recovers from its log. */
    private static void killServerProcess(JdbcClient superuser) {
        try {
            superuser
                    .sql("select pid from pg_stat_activity where usename = 'assay_web' limit 1")
                    .query(Long.class)
                    .optional()
                    .flatMap(ProcessHandle::of)
                    .ifPresent(ProcessHandle::destroyForcibly);
        } catch (DataAccessException e) {
            assertThat(e).hasMessageContaining("recovery"); // from the kill before
        }
    }

    @Test
    void aFullDiskRefusesCallsAndLosesNone() throws Exception {
        Process child =
                java(
                        List.of(
                                "unshare",
                                "-Urm",
                                "sh",
                                "-c",
                                "mount -t tmpfs -o size=1m none '" + folder + "' && exec \"$@\"",
                                "sh"),
                        FullDiskChild.class,
                        folder.toString());
        @Nullable String said;
        try (BufferedReader lines = child.inputReader()) {
            said = lines.lines().filter(it -> it.contains("|")).findFirst().orElse(null);
        }
        assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assumeTrue(said != null, "this machine lets nobody mount a small disk of his own");
        String[] parts = said.split("\\|", -1);
        assertThat(parts[0]).isEqualTo("the disk has no room for them");
        assertThat(Integer.parseInt(parts[1])).isBetween(200, 2000);
        assertThat(parts[2]).isEqualTo("true");
    }
}
