package assay.scheduler.server;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** Puts the parts together; Spring brings the database, the metrics and the management port. */
@Configuration(proxyBeanMethods = false)
class SchedulerWiring {
    @Bean
    LastResort lastResort() {
        return LastResort.haltingTheProcess();
    }

    @Bean(destroyMethod = "stop")
    Leadership leadership(
            SchedulerConfig config,
            JdbcClient database,
            PlatformTransactionManager transactions,
            JsonMapper json,
            MeterRegistry registry,
            LastResort lastResort) {
        return new Leadership(
                config,
                database,
                new TransactionTemplate(transactions),
                json,
                registry,
                lastResort);
    }

    @Bean
    Starter starter(Leadership leadership) {
        return new Starter(leadership);
    }

    /** Begins when the management port is open, whose number goes into the address file. */
    record Starter(Leadership leadership) {
        @EventListener
        void ready(ApplicationReadyEvent event) {
            int port =
                    event.getApplicationContext() instanceof WebServerApplicationContext web
                                    && web.getWebServer() != null
                            ? web.getWebServer().getPort()
                            : 0;
            leadership.start(port);
        }
    }
}
