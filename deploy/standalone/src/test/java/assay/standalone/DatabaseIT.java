package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.db.DatabaseRoles;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real PostgreSQL, as the launcher runs it. */
class DatabaseIT {
    private static final Progress SILENT =
            new Progress(
                    new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                    InstantSource.system());

    @TempDir private Path temporary;

    private DataFolder folder = new DataFolder(Path.of("unset"));
    private Secrets secrets = new Secrets(Path.of("unset"));
    private PostgresServer.@Nullable Running server;

    @BeforeEach
    void prepare() {
        folder = new DataFolder(temporary.resolve("data"));
        folder.prepare();
        secrets = new Secrets(folder.secrets());
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.stop();
        }
    }

    @Test
    void whatWasWrittenIsThereAfterAStopAndAfterAKill() throws Exception {
        PostgresServer.Running first = start();
        execute(first, "create table kept (n int)");
        execute(first, "insert into kept values (1)");
        first.stop();
        assertThat(first.process().isAlive()).isFalse();

        PostgresServer.Running second = start();
        assertThat(count(second)).isEqualTo(1);
        execute(second, "insert into kept values (2)");
        second.process().handle().destroyForcibly();
        second.process().awaitEnd(Duration.ofSeconds(10));

        assertThat(count(start())).isEqualTo(2);
    }

    @Test
    void aServerLeftBehindIsStoppedByTheNextStart() throws Exception {
        PostgresServer.Running orphan = start();
        PostgresServer.Running next = start();
        orphan.process().awaitEnd(Duration.ofSeconds(10));
        assertThat(next.process().pid()).isNotEqualTo(orphan.process().pid());
        assertThat(PostgresServer.answers(next, secrets.get(Database.SUPERUSER_SECRET))).isTrue();
    }

    @Test
    void aMarkWithAnotherProcessesNumberIsNoObstacle() throws Exception {
        start().stop();
        Path mark = folder.postgres().resolve("cluster/postmaster.pid");
        Files.writeString(mark, ProcessHandle.current().pid() + "\n");
        assertThat(start().process().isAlive()).isTrue();
    }

    @Test
    void nobodyComesInWithoutThePasswordAndEverythingIsDurable() throws Exception {
        PostgresServer.Running running = start();
        assertThatThrownBy(() -> running.connect("postgres", PostgresServer.SUPERUSER, "wrong"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password authentication failed");
        for (String setting : new String[] {"fsync", "full_page_writes", "synchronous_commit"}) {
            assertThat(show(running, setting)).as(setting).isEqualTo("on");
        }
        assertThat(show(running, "listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(show(running, "unix_socket_directories")).isEmpty();
    }

    private PostgresServer.Running start() throws Exception {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        var waiting = new Waiting(events, SILENT, InstantSource.system(), Set.of());
        PostgresServer.Running running =
                new Database(folder, secrets, events, SILENT, waiting).start(r -> server = r);
        server = running;
        return running;
    }

    private Connection connect(PostgresServer.Running running) throws Exception {
        return running.connect(
                DatabaseRoles.DATABASE,
                PostgresServer.SUPERUSER,
                secrets.get(Database.SUPERUSER_SECRET));
    }

    private void execute(PostgresServer.Running running, String sql) throws Exception {
        try (Connection connection = connect(running);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private int count(PostgresServer.Running running) throws Exception {
        return Integer.parseInt(query(running, "select count(*) from kept"));
    }

    private String show(PostgresServer.Running running, String setting) throws Exception {
        return query(running, "show " + setting);
    }

    private String query(PostgresServer.Running running, String sql) throws Exception {
        try (Connection connection = connect(running);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
