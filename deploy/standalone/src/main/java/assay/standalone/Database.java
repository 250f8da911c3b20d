package assay.standalone;

import assay.db.DatabaseRoles;
import assay.db.Migrations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import org.flywaydb.core.api.FlywayException;

/**
 * From a data folder to a migrated database that servers can log in to. Confined to the main
 * thread.
 */
final class Database {
    /** Recovery after a crash replays at most a few checkpoints; a slow disk gets its time. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    static final String SUPERUSER_SECRET = "postgres-superuser";

    private static final int PORT_TRIES = 3;

    private final DataFolder folder;
    private final Secrets secrets;
    private final PostgresServer postgres;
    private final Progress progress;
    private final Waiting waiting;

    Database(
            DataFolder folder,
            Secrets secrets,
            BlockingQueue<Event> events,
            Progress progress,
            Waiting waiting) {
        this.folder = folder;
        this.secrets = secrets;
        this.postgres =
                new PostgresServer(folder.postgres(), folder.log(PostgresServer.NAME), events);
        this.progress = progress;
        this.waiting = waiting;
    }

    /**
     * Starts the server, makes what is missing, and migrates.
     *
     * @param started told of each process as soon as it lives, so that a failure can stop it
     */
    PostgresServer.Running start(java.util.function.Consumer<PostgresServer.Running> started)
            throws IOException, InterruptedException {
        progress.line(
                postgres.isInitialised()
                        ? "Starting PostgreSQL"
                        : "Making and starting a PostgreSQL of its own");
        String superuser = secrets.get(SUPERUSER_SECRET);
        PostgresServer.Running server = startOnAFreePort(superuser, started);
        PostgresServer.ensureRoles(server, superuser, passwords());
        waiting.check();
        progress.line("Bringing the schema up to date");
        migrate(server);
        return server;
    }

    private PostgresServer.Running startOnAFreePort(
            String superuser, java.util.function.Consumer<PostgresServer.Running> started)
            throws IOException, InterruptedException {
        Path passwordFile = folder.secrets().resolve(SUPERUSER_SECRET);
        for (int attempt = 1; ; attempt++) {
            PostgresServer.Running server = postgres.start(passwordFile);
            started.accept(server);
            try {
                waiting.until(
                        "PostgreSQL",
                        server.process(),
                        PATIENCE,
                        () -> PostgresServer.answers(server, superuser));
                return server;
            } catch (StandaloneException e) {
                boolean portTaken =
                        e.code() == ErrorCode.PROGRAM_ENDED
                                && server.process().logHas("Address already in use");
                if (!portTaken || attempt == PORT_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** Starts a server that ended, on the port that it had. */
    PostgresServer.Running startAgain(PostgresServer.Running before)
            throws IOException, InterruptedException {
        return postgres.startAgain(before);
    }

    private void migrate(PostgresServer.Running server) throws IOException {
        try {
            Migrations.apply(server.url(DatabaseRoles.DATABASE), passwords().owner());
        } catch (FlywayException e) {
            throw new StandaloneException(
                    ErrorCode.DATABASE,
                    "the schema could not be migrated: "
                            + Optional.ofNullable(e.getMessage())
                                    .map(text -> text.strip().lines().findFirst().orElse(""))
                                    .orElse("no reason given"),
                    e);
        }
    }

    /** The passwords of the roles that log in. */
    DatabaseRoles.Passwords passwords() throws IOException {
        return new DatabaseRoles.Passwords(
                secrets.get(DatabaseRoles.OWNER),
                secrets.get(DatabaseRoles.WEB),
                secrets.get(DatabaseRoles.SCHEDULER),
                secrets.get(DatabaseRoles.AUDIT));
    }
}
