package assay.web.http;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Ends this process when the one that started it is gone, so that a killed launcher leaves nothing
 * running.
 */
@Component
@ConditionalOnProperty("assay.watch-parent")
class ParentWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);

    private final ProcessHandle parent =
            ProcessHandle.current()
                    .parent()
                    .orElseThrow(() ->
                            new IllegalStateException("assay.watch-parent: there is no parent"));

    @EventListener(ApplicationReadyEvent.class)
    void watch() {
        var _ =
                parent.onExit()
                        .thenRun(() -> {
                            LOG.warn("the process that started this one is gone: ending");
                            // Not on this thread: the shutdown hooks may wait for it.
                            Thread.ofPlatform().name("parent-gone").start(() -> System.exit(0));
                        });
    }
}
