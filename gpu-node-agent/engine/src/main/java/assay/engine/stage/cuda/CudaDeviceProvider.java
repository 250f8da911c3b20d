package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.KernelCompiler;
import assay.engine.kernel.cuda.driver.LibrarySearch;
import assay.engine.stage.StageDevice;
import assay.engine.stage.StageDeviceProvider;

/** Offers the GPUs of this machine as {@code cuda}. */
public final class CudaDeviceProvider implements StageDeviceProvider {
    @Override
    public String kind() {
        return "cuda";
    }

    @Override
    public StageDevice open(String which) {
        GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
        KernelCompiler compiler =
                new KernelCompiler(driver, KernelCompiler.folderOf(System.getenv()));
        return CudaStageDevice.open(driver, driver.device(which.isEmpty() ? "0" : which), compiler);
    }
}
