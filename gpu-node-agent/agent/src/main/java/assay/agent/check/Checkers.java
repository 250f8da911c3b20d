package assay.agent.check;

import assay.agent.v1.CheckerOffer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The checkers of this node: what the agent's wiring makes at its start and closes at its end.
 * Thread-safe.
 *
 * <p>Where Coq or the sandbox is missing it still serves, and every answer says what is missing.
 */
public final class Checkers implements AutoCloseable {
    private final CoqInstallation coq;
    private final CheckGate gate;
    private final CheckerService service;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Checkers(CoqInstallation coq, CheckLimits limits) {
        this.coq = coq;
        this.gate = new CheckGate(limits);
        this.service = new CheckerService(coq, gate, threads, System::nanoTime);
    }

    /**
     * Looks for Coq and the sandbox and tries to break out of it; takes some tenths of a second.
     *
     * @throws InterruptedException when the thread is interrupted meanwhile
     */
    public static Checkers open(CheckLimits limits) throws InterruptedException {
        return new Checkers(CoqInstallation.find(limits), limits);
    }

    /** For the session's Hello. */
    public List<CheckerOffer> offers() {
        return CheckerOffers.of(coq);
    }

    /** For the agent's server: {@code assay.check.v1.Checker}. */
    public CheckerService service() {
        return service;
    }

    /** Checks that run or wait now, for the metrics. */
    public int load() {
        return gate.load();
    }

    /** Ends the checks that still run. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
        coq.close();
    }
}
