package assay.web;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the process is told at its start, from {@code assay.web.*}. Checked here; every default of
 * ours stands here.
 *
 * @param schedulerAddress host:port of the scheduler; with standbys several, commas between
 * @param caFile the certificate authority's certificate, PEM: what peers are held against
 * @param identityDir this process's own key and certificate, made by enrollment, kept over restarts
 * @param joinTokenFile the one-time token for enrollment; not needed once enrolled
 * @param listenAddress where HTTPS and gRPC listen; plain HTTP listens on loopback, always
 * @param httpPort like all ports, 0 for a free one
 * @param secretsDir what no database may hold: the pepper of API keys
 * @param trustedProxies addresses and networks (CIDR) whose word on whom they speak for is taken
 * @param addressFile written when everything listens: a JSON object with the addresses
 */
@ConfigurationProperties("assay.web")
public record WebSettings(
        String schedulerAddress,
        Path caFile,
        Path identityDir,
        @Nullable Path joinTokenFile,
        @DefaultValue("127.0.0.1") String listenAddress,
        @DefaultValue("8080") int httpPort,
        @DefaultValue("8443") int httpsPort,
        @DefaultValue("9090") int grpcPort,
        Path secretsDir,
        @Nullable Path addressFile,
        @DefaultValue Bootstrap bootstrap,
        @DefaultValue Serving serving,
        @DefaultValue Limits limits,
        @DefaultValue Outage outage,
        @DefaultValue Sessions sessions,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue Audit audit,
        @DefaultValue Logs logs) {

    /**
     * What the first start makes.
     *
     * @param adminPasswordFile holds the password of the first user, {@code admin}
     * @param apiKeyFile where the first developer key is written, readable by the owner alone
     * @param modelManifest a model to register and deploy
     */
    public record Bootstrap(
            @Nullable Path adminPasswordFile,
            @Nullable Path apiKeyFile,
            @Nullable Path modelManifest) {}

    /**
     * Bounds of serving.
     *
     * @param requestBytes the largest body or message
     * @param generateTimeout the longest generation
     * @param connectTimeout how long enrollment and the first deployment may wait for the scheduler
     * @param readyWithin a token must have come through all stages so lately
     * @param routeWithin how long a request waits for a replica of a model that rests or heals
     * @param resumeWithin how long a running answer whose head was lost waits for one that goes on
     */
    public record Serving(
            @DefaultValue("1048576") int requestBytes,
            @DefaultValue("10m") Duration generateTimeout,
            @DefaultValue("60s") Duration connectTimeout,
            @DefaultValue("30s") Duration readyWithin,
            @DefaultValue("60s") Duration routeWithin,
            @DefaultValue("30s") Duration resumeWithin) {
        public Serving {
            checkRange("serving.request-bytes", requestBytes, 1024, 64 << 20);
            checkPositive("serving.generate-timeout", generateTimeout);
            checkPositive("serving.connect-timeout", connectTimeout);
            checkPositive("serving.ready-within", readyWithin);
            checkPositive("serving.route-within", routeWithin);
            checkPositive("serving.resume-within", resumeWithin);
        }
    }

    /**
     * Bounds on strangers.
     *
     * @param guestPerMinute verifications that one guest may begin
     * @param addressPerMinute verifications that all guests of one address may begin
     * @param failuresPerMinute wrong keys from one address; and so many wrong passwords a day
     *     before it has to wait
     * @param remembered how many guests and addresses are told apart; the longest unseen is
     *     forgotten
     */
    public record Limits(
            @DefaultValue("6") int guestPerMinute,
            @DefaultValue("20") int addressPerMinute,
            @DefaultValue("20") int failuresPerMinute,
            @DefaultValue("10000") int remembered) {
        public Limits {
            checkRange("limits.guest-per-minute", guestPerMinute, 1, 100_000);
            checkRange("limits.address-per-minute", addressPerMinute, 1, 100_000);
            checkRange("limits.failures-per-minute", failuresPerMinute, 1, 100_000);
            checkRange("limits.remembered", remembered, 1, 10_000_000);
        }
    }

    /**
     * What to do while the database is gone.
     *
     * @param rightsKept how long a key stays good that the database confirmed
     * @param patience how long work that is under way waits for it
     * @param spoolDir the audit journal's; null for a folder beside {@code identityDir}
     * @param spoolBytes that the journal may take; then calls are refused, since none goes
     *     unrecorded
     */
    public record Outage(
            @DefaultValue("15m") Duration rightsKept,
            @DefaultValue("5m") Duration patience,
            @Nullable Path spoolDir,
            @DefaultValue("1073741824") long spoolBytes) {
        public Outage {
            checkPositive("outage.rights-kept", rightsKept);
            checkPositive("outage.patience", patience);
            if (spoolBytes < 65_536) {
                throw new IllegalArgumentException(
                        "assay.web.outage.spool-bytes: "
                                + spoolBytes
                                + " (expected: 65536 or more)");
            }
        }
    }

    /**
     * How long people stay signed in. Source of the defaults: NIST SP 800-63B, which asks for the
     * password anew each day at least.
     *
     * @param idle without anything done
     * @param longest whatever is done
     */
    public record Sessions(
            @DefaultValue("8h") Duration idle, @DefaultValue("24h") Duration longest) {
        public Sessions {
            checkPositive("sessions.idle", idle);
            checkPositive("sessions.longest", longest);
        }
    }

    /**
     * What becomes of audit records once they are in the database.
     *
     * @param databaseUser of the role that chains and ships records
     * @param databasePassword without it this process does neither; others may
     * @param retentionDays that every tenant's records are kept at least, 180 or more
     * @param sealDir the second place of the signed days; null for a folder beside {@code
     *     identityDir}; best on storage of its own
     */
    public record Audit(
            @DefaultValue("assay_audit") String databaseUser,
            @Nullable String databasePassword,
            @DefaultValue("180") int retentionDays,
            @Nullable Path sealDir,
            @DefaultValue Elasticsearch elasticsearch) {
        public Audit {
            checkRange("audit.retention-days", retentionDays, 180, 36_500);
        }

        /** Says everything but the password. */
        @Override
        public String toString() {
            return "audit as " + databaseUser + ", " + retentionDays + " days, " + elasticsearch;
        }
    }

    /**
     * The searchable copy of audit records; without an address there is none.
     *
     * @param allowPlainHttp whether records and keys may go to another machine without TLS
     * @param caFile certificates that alone are trusted, PEM
     * @param writerKeyFile like the other three one encoded API key; none where the server wants
     *     none
     * @param dataStream for clusters that are run that way, in place of an index for each day
     * @param replicas copies of each shard beside the first
     */
    public record Elasticsearch(
            @Nullable URI url,
            @DefaultValue("false") boolean allowPlainHttp,
            @Nullable Path caFile,
            @Nullable Path writerKeyFile,
            @Nullable Path readerKeyFile,
            @Nullable Path deleterKeyFile,
            @Nullable Path adminKeyFile,
            @DefaultValue("false") boolean dataStream,
            @DefaultValue("0") int replicas) {}

    /**
     * The searchable copy of the processes' log lines; made where there is an Elasticsearch.
     *
     * @param dir with the processes' {@code *.ecs.json}; null where others send them
     * @param keepDays whole days before today that stay
     */
    public record Logs(@Nullable Path dir, @DefaultValue("7") int keepDays) {
        public Logs {
            checkRange("logs.keep-days", keepDays, 1, 3_650);
        }
    }

    public WebSettings {
        trustedProxies = List.copyOf(trustedProxies);
        checkPresent("scheduler-address", schedulerAddress);
        checkPresent("ca-file", caFile);
        checkPresent("identity-dir", identityDir);
        checkPresent("secrets-dir", secretsDir);
        checkRange("http-port", httpPort, 0, 65_535);
        checkRange("https-port", httpsPort, 0, 65_535);
        checkRange("grpc-port", grpcPort, 0, 65_535);
    }

    private static void checkPresent(String name, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("assay.web." + name + ": missing");
        }
    }

    private static void checkRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "assay.web."
                            + name
                            + ": "
                            + value
                            + " (expected: "
                            + least
                            + ".."
                            + most
                            + ")");
        }
    }

    private static void checkPositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(
                    "assay.web." + name + ": " + value + " (expected: above 0)");
        }
    }
}
