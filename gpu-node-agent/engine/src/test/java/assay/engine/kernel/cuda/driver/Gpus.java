package assay.engine.kernel.cuda.driver;

import static org.junit.jupiter.api.Assumptions.abort;

import assay.engine.EngineException;

/** The GPU of this machine, for tests that wait for one. */
public final class Gpus {
    private Gpus() {}

    /** The driver of this machine; the test is skipped, and says why, where no GPU can be used. */
    public static GpuDriver driver() {
        try {
            GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
            driver.device("0");
            return driver;
        } catch (EngineException e) {
            return abort("waits for a GPU: " + e.getMessage());
        }
    }
}
