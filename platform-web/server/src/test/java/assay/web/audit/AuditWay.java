package assay.web.audit;

import assay.audit.chain.Sealer;
import assay.audit.chain.SealerSettings;
import assay.audit.elastic.AuditShipper;
import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import assay.audit.elastic.ShipperSettings;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.elasticsearch.RunningElasticsearch;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.sql.SQLException;
import java.time.InstantSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A record's way behind PostgreSQL: through the chain to a real Elasticsearch. */
final class AuditWay implements AutoCloseable {
    private final RunningElasticsearch server = RunningElasticsearch.start();
    private final ElasticStore store = new ElasticStore(ElasticSettings.of(server.uri()));
    private final HikariDataSource pool = new HikariDataSource();
    private final JdbcClient superuser;
    private final Sealer sealer;
    private final AuditShipper shipper;

    AuditWay(TestDatabase database) throws IOException {
        pool.setDataSource(database.as(DatabaseRoles.AUDIT));
        pool.setMaximumPoolSize(4);
        superuser = JdbcClient.create(database.superuser());
        InstantSource clock = InstantSource.system();
        var meters = new SimpleMeterRegistry();
        sealer = new Sealer(pool, clock, SealerSettings.defaults(true), meters);
        shipper = new AuditShipper(pool, store, clock, ShipperSettings.DEFAULTS, meters);
        store.prepare();
    }

    /** How many records got their places. */
    long sealAll() throws SQLException {
        long sealed = 0;
        int batch = sealer.sealBatch();
        while (batch > 0) {
            sealed += batch;
            batch = sealer.sealBatch();
        }
        return sealed;
    }

    /** How many documents came to be. */
    long shipAll() {
        long stored = 0;
        AuditShipper.Turn turn = shipper.runOnce();
        while (turn.taken() > 0) {
            stored += turn.stored();
            turn = shipper.runOnce();
        }
        return stored;
    }

    /** As the gateway does it, beside whatever else goes on, until this thread is interrupted. */
    Thread inTheBackground() {
        return Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        while (!Thread.currentThread().isInterrupted()) {
                            sealAll();
                            shipAll();
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    /** Whether every record is in both stores. */
    boolean isThrough() {
        return superuser
                .sql(
                        "select not exists (select from audit_unsealed)"
                                + " and not exists (select from audit_unshipped)")
                .query(Boolean.class)
                .single();
    }

    /** Of a document, with what finds it. */
    long bytesPerDocument() throws IOException {
        var deleter = store.connection(Authority.DELETER);
        deleter.call("POST", "/" + ElasticSettings.DEFAULT_PREFIX + "*/_refresh", null);
        var all =
                deleter.call(
                                "GET",
                                "/" + ElasticSettings.DEFAULT_PREFIX + "*/_stats/docs,store",
                                null)
                        .required("_all")
                        .required("primaries");
        return all.required("store").required("size_in_bytes").asLong()
                / all.required("docs").required("count").asLong();
    }

    @Override
    public void close() {
        pool.close();
        store.close();
        server.close();
    }
}
