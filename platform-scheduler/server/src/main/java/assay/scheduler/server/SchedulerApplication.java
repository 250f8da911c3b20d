package assay.scheduler.server;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** Starts the scheduler. What it needs is in {@link SchedulerConfig}. */
@SpringBootApplication
@EnableConfigurationProperties(SchedulerConfig.class)
public class SchedulerApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(SchedulerApplication.class, arguments);
    }
}
