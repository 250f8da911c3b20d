package assay.agent;

import assay.agent.check.CheckLimits;
import assay.agent.check.CoqChecker;
import assay.agent.config.AgentConfig;
import assay.agent.config.AgentOptions;
import assay.agent.config.StartException;
import assay.agent.log.LogFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process: options in, one agent, a clean end. */
public final class AgentMain {
    private static final Logger LOG = LoggerFactory.getLogger(AgentMain.class);
    private static final int DEFECT = 70; // EX_SOFTWARE of sysexits.h

    private AgentMain() {}

    /** Runs until it is told to stop. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            run(AgentOptions.parse(List.of(arguments)));
        } catch (StartException e) {
            System.err.println("assay agent: " + e.getMessage());
            System.exit(e.exitStatus());
        }
    }

    private static void run(AgentConfig config) throws InterruptedException {
        config.logFile().ifPresent(file -> openLog(file, config.name()));
        if (config.watchParent()) {
            Thread.ofPlatform().daemon().name("parent-watch").start(AgentMain::endWithParent);
        }
        CoqChecker checkers = CoqChecker.open(CheckLimits.defaults());
        Agent agent;
        try {
            agent =
                    Agent.start(
                            config,
                            new OfferedCheckers(
                                    List.of(checkers.service().bindService()), checkers.offers()),
                            AgentMain::defect);
        } catch (StartException | InterruptedException e) {
            checkers.close();
            throw e;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("stop")
                                .unstarted(() -> {
                                    LOG.info("agent {} stops", config.name());
                                    agent.close();
                                    checkers.close();
                                    stopped.countDown();
                                }));
        stopped.await();
    }

    private static void openLog(Path file, String node) {
        try {
            LogFile _ = LogFile.open(file, node); // until the process ends
        } catch (UncheckedIOException e) {
            throw new StartException(
                    StartException.BAD_OPTION,
                    "--log-file: " + e.getMessage() + " (expected: a file that can be written)");
        }
    }

    /** Standard input ends when the process that started this one does, however that ended. */
    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is said on it: only its end matters.
            }
        } catch (IOException e) {
            LOG.debug("standard input broke: {}", e.getMessage());
        }
        LOG.info("the process that started this agent is gone");
        System.exit(0);
    }

    private static void defect(Throwable thrown) {
        LOG.error("an invariant broke, the agent ends", thrown);
        Runtime.getRuntime().halt(DEFECT);
    }
}
