package assay.web.limits;

import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The limits of a gateway as a process of its own, to be killed: {@link KilledGatewayIT} starts it.
 * {@code GET /TOKENS} asks for one request with so many tokens and uses them all; {@code
 * /hold/TOKENS} says so when they are reserved, and never settles. What it prints first is its
 * port.
 */
final class ChildGateway {
    private static final long WORK_NANOS = 2_000_000;

    private ChildGateway() {}

    /**
     * @param arguments the database's URL, name and password; the tenant; the lease
     */
    public static void main(String[] arguments) throws IOException {
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.WARN); // what is printed is the port
        }
        var pool = new HikariConfig();
        pool.setJdbcUrl(arguments[0]);
        pool.setUsername(arguments[1]);
        pool.setPassword(arguments[2]);
        pool.setMaximumPoolSize(4);
        var source = new HikariDataSource(pool);
        UUID tenant = UUID.fromString(arguments[3]);
        Duration lease = Duration.parse(arguments[4]);
        var context = new AnnotationConfigApplicationContext();
        context.registerBean(
                PlatformTransactionManager.class, () -> new DataSourceTransactionManager(source));
        context.registerBean(JdbcClient.class, () -> JdbcClient.create(source));
        context.registerBean(DataSource.class, () -> source);
        context.registerBean(DatabaseWatch.class);
        context.registerBean(TenantTransactions.class);
        context.refresh();
        var store =
                new DatabaseLeases(
                        context.getBean(TenantTransactions.class), UUID.randomUUID(), lease, null);
        var limits = new LeasedLimits(store, lease, System::nanoTime, LockSupport::parkNanos);
        limits.start();
        var server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> answer(exchange, limits, tenant));
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    private static void answer(HttpExchange exchange, LeasedLimits limits, UUID tenant)
            throws IOException {
        String path = exchange.getRequestURI().getPath();
        boolean hold = path.startsWith("/hold/");
        var need = new Need(1, 0, Long.parseLong(path.substring(hold ? 6 : 1)), 0, 0);
        var all = List.of(new Subject(Subject.Kind.TENANT, tenant.toString()));
        try (exchange) {
            if (limits.admit(tenant, all, need) instanceof LeasedLimits.Outcome.Admitted held) {
                if (!hold) {
                    LockSupport.parkNanos(WORK_NANOS); // as if a model answered
                    limits.settle(held.ledger(), held.grips(), need);
                }
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(429, -1);
            }
        }
        if (hold) {
            await(new CountDownLatch(1)); // for ever: its process is killed
        }
    }

    private static void await(CountDownLatch never) {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
