package assay.standalone;

import assay.db.DatabaseRoles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;

/**
 * A real PostgreSQL of this installation's own: unpacked and initialised at the first start, then a
 * direct child that writes durably, speaks TCP on loopback only, and asks everybody for a password.
 * Confined to the main thread.
 */
final class PostgresServer {
    static final String SUPERUSER = "postgres";
    static final String NAME = "postgres";

    private static final String CLUSTER = "cluster";

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /** Durability is asked for by name, so that no configuration file can take it away silently. */
    private static final List<String> SETTINGS =
            List.of(
                    "listen_addresses=127.0.0.1",
                    "unix_socket_directories=",
                    "fsync=on",
                    "full_page_writes=on",
                    "synchronous_commit=on",
                    "max_connections=60",
                    "shared_buffers=64MB",
                    "dynamic_shared_memory_type=mmap",
                    "logging_collector=off",
                    "log_destination=stderr",
                    "log_line_prefix=%m [%p] %u ",
                    "timezone=UTC");

    private final Path folder;
    private final Path cluster;
    private final Path log;
    private final BlockingQueue<Event> events;

    /**
     * @param folder holds the unpacked server and the cluster
     * @param events told when the server ends
     */
    PostgresServer(Path folder, Path log, BlockingQueue<Event> events) {
        this.folder = folder;
        this.cluster = folder.resolve(CLUSTER);
        this.log = log;
        this.events = events;
    }

    /** A started server: its process and its port. */
    record Running(ChildProcess process, int port) {
        String url(String database) {
            return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
        }

        Connection connect(String database, String user, String password) throws SQLException {
            return DriverManager.getConnection(url(database), user, password);
        }

        /** Disconnects everybody, writes a checkpoint and ends. */
        void stop() throws IOException, InterruptedException {
            process.ask(ChildProcess.Signal.INT);
            process.awaitEnd(STOP_PATIENCE);
        }
    }

    /** Whether the cluster was made before. */
    boolean isInitialised() {
        return Files.exists(cluster.resolve("PG_VERSION"));
    }

    /**
     * Makes the cluster when it is not there, stops a server that a killed launcher left behind,
     * and starts one. The server may still recover when this returns: ask it by connecting.
     *
     * @param passwordFile holds the superuser's password; read at the first start alone
     */
    Running start(Path passwordFile) throws IOException, InterruptedException {
        stopOrphan(folder);
        Path server = PostgresBinaries.unpackInto(folder);
        PostgresAccount account = PostgresAccount.forFolder(folder);
        if (!isInitialised()) {
            initialise(server, account, passwordFile);
        }
        return start(server, account, Ports.free());
    }

    /**
     * Starts it again after it ended, where everybody looks for it. Backends of the one before may
     * still live: then PostgreSQL itself refuses, and a later try succeeds.
     */
    Running startAgain(Running before) throws IOException, InterruptedException {
        stopOrphan(folder);
        return start(
                PostgresBinaries.unpackInto(folder),
                PostgresAccount.forFolder(folder),
                before.port());
    }

    private Running start(Path server, PostgresAccount account, int port) throws IOException {
        List<String> command = new ArrayList<>();
        if (Tools.onPath("setpriv")) {
            // kill -9 of the launcher must not leave a server behind
            command.addAll(List.of("setpriv", "--pdeathsig=INT"));
        }
        command.addAll(
                List.of(server.resolve("bin/postgres").toString(), "-D", cluster.toString()));
        command.addAll(List.of("-p", String.valueOf(port)));
        for (String setting : SETTINGS) {
            command.addAll(List.of("-c", setting));
        }
        return new Running(ChildProcess.start(NAME, account.command(command), log, events), port);
    }

    /** Made in a folder beside and renamed, so that a cut first start is begun anew. */
    private void initialise(Path server, PostgresAccount account, Path passwordFile)
            throws IOException, InterruptedException {
        Path part = folder.resolve("cluster.part");
        PostgresBinaries.delete(part);
        Path password = folder.resolve("password.part");
        DataFolder.writePrivate(password, Files.readString(passwordFile));
        if (account.owner() >= 0) {
            Files.setAttribute(password, "unix:uid", account.owner());
        }
        var outcome =
                Tools.run(
                        account.command(
                                List.of(
                                        server.resolve("bin/initdb").toString(),
                                        "--pgdata=" + part,
                                        "--username=" + SUPERUSER,
                                        "--pwfile=" + password,
                                        "--auth=scram-sha-256",
                                        "--encoding=UTF8",
                                        "--locale=C",
                                        "--locale-provider=builtin",
                                        "--builtin-locale=C.UTF-8",
                                        "--data-checksums",
                                        "--no-instructions")));
        Files.deleteIfExists(password);
        if (outcome.exitStatus() != 0) {
            Files.writeString(log, outcome.output());
            throw new StandaloneException(
                    ErrorCode.DATABASE,
                    "PostgreSQL's cluster could not be made: "
                            + lastLine(outcome.output())
                            + " (log: "
                            + log
                            + ")");
        }
        Files.move(part, cluster);
    }

    private static String lastLine(String output) {
        String best = "initdb left no message";
        for (String line : output.lines().map(String::strip).toList()) {
            if (line.startsWith("initdb: error") || line.contains("FATAL")) {
                return line;
            }
            best = line.isEmpty() ? best : line;
        }
        return best;
    }

    /**
     * Stops a server that runs on this folder's cluster without us. The mark of one that was killed
     * stays: by it PostgreSQL finds backends that outlived it, beside which it must not start.
     *
     * @return whether there was one
     */
    static boolean stopOrphan(Path folder) throws IOException, InterruptedException {
        Path cluster = folder.resolve(CLUSTER);
        Path mark = cluster.resolve("postmaster.pid");
        Optional<ProcessHandle> orphan = orphan(mark, cluster);
        if (orphan.isPresent()) {
            ProcessHandle server = orphan.get();
            Tools.signal(server.pid(), ChildProcess.Signal.INT);
            if (!StaleProcesses.endsWithin(server, STOP_PATIENCE)) {
                Tools.signal(server.pid(), ChildProcess.Signal.QUIT);
                StaleProcesses.endsWithin(server, STOP_PATIENCE);
            }
        }
        if (namesAStranger(mark, cluster)) {
            Files.delete(mark); // it would keep PostgreSQL from starting
        }
        return orphan.isPresent();
    }

    /** Whether the number in the mark is by now that of a process which is no server here. */
    private static boolean namesAStranger(Path mark, Path cluster) throws IOException {
        return marked(mark).filter(process -> !worksIn(process.pid(), cluster)).isPresent();
    }

    /** The process that the mark names, if it is a server on this very cluster. */
    private static Optional<ProcessHandle> orphan(Path mark, Path cluster) throws IOException {
        return marked(mark).filter(process -> worksIn(process.pid(), cluster));
    }

    private static Optional<ProcessHandle> marked(Path mark) throws IOException {
        if (!Files.exists(mark)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(mark);
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(ProcessHandle::isAlive);
    }

    private static boolean worksIn(long pid, Path cluster) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/cwd"))
                    .equals(cluster.toRealPath());
        } catch (IOException _) {
            return false;
        }
    }

    /** Whether the server lets the superuser in; while it recovers it does not. */
    static boolean answers(Running server, String password) {
        try (Connection connection = server.connect("postgres", SUPERUSER, password)) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }

    /** Makes the roles and the database, or sets the roles' passwords anew. */
    static void ensureRoles(
            Running server, String superuserPassword, DatabaseRoles.Passwords passwords) {
        try (Connection connection = server.connect("postgres", SUPERUSER, superuserPassword)) {
            DatabaseRoles.ensure(connection, passwords);
        } catch (SQLException e) {
            throw new StandaloneException(
                    ErrorCode.DATABASE, "the database roles were not made: " + e.getMessage(), e);
        }
    }
}
