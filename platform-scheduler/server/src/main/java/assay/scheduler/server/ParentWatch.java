package assay.scheduler.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Ends the scheduler when the process that started it ends, where {@code assay.watch-parent} asks
 * for it: a launcher that was killed leaves nothing running.
 */
@Component
@ConditionalOnProperty("assay.watch-parent")
class ParentWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);

    @EventListener(ApplicationReadyEvent.class)
    void watch() {
        ProcessHandle parent =
                ProcessHandle.current()
                        .parent()
                        .orElseThrow(() ->
                                new SchedulerException(
                                        ErrorCode.CONFIGURATION_INVALID,
                                        "assay.watch-parent: there is no parent process"));
        var _ =
                parent.onExit()
                        .thenRun(() -> {
                            LOG.warn("the process that started this one is gone: ending");
                            // A thread of its own: the shutdown may wait for this one.
                            Thread.ofPlatform().start(() -> System.exit(0));
                        });
    }
}
