package assay.agent.host;

import assay.agent.config.BackendChoice;
import assay.agent.devices.CpuDeviceFinder;
import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.files.FileCache;
import assay.agent.files.VersionFolder;
import assay.agent.files.WantedFile;
import assay.agent.stages.AnswerForms;
import assay.agent.stages.LoadedStage;
import assay.agent.v1.AssignStage;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageDevice;
import assay.engine.stage.StageDevices;
import assay.engine.tokenizer.TokenVocabulary;
import assay.engine.tokenizer.Tokenizer;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.WeightType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** From an order to layers in memory. Runs on loader threads; thread-safe. */
final class StageLoader {
    private static final int STEP_BYTES =
            8 << 20; // activations of a micro-batch: half of what a message may hold
    private static final int STEP_TOKENS = 256;

    private final Path models;
    private final FileCache cache;
    private final BackendChoice backend;
    private final int threads;

    StageLoader(Path models, FileCache cache, BackendChoice backend, int threads) {
        this.models = models;
        this.cache = cache;
        this.backend = backend;
        this.threads = threads;
    }

    /**
     * Brings the files of the version here and checks them.
     *
     * @param progress told the bytes that are here, of all files together
     * @return the folder with their own names
     */
    Path fetch(AssignStage order, LongConsumer progress) throws InterruptedException {
        List<WantedFile> files =
                order.getFilesList().stream()
                        .map(f -> new WantedFile(f.getName(), f.getSha256(), f.getBytes()))
                        .toList();
        Map<WantedFile, Path> here = new HashMap<>();
        long before = 0;
        for (WantedFile file : files) {
            long done = before;
            here.put(file, cache.obtain(file, bytes -> progress.accept(done + bytes)));
            before += file.bytes();
        }
        return VersionFolder.link(models, files, here);
    }

    /**
     * Maps the files and loads the layers of the order; whatever was opened is closed when it
     * fails.
     */
    LoadedStage load(AssignStage order, Path folder) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        Optional<Tokenizer> tokenizer = Optional.empty();
        Optional<StageDevice> opened = Optional.empty();
        boolean done = false;
        try {
            ModelSpec spec = checkpoint.spec();
            LayerRange range = new LayerRange(order.getFirstLayer(), order.getEndLayer());
            WeightType weights = weightType(order);
            checkEnds(order, spec);
            checkBytes(order, ModelLayout.weightBytes(spec, checkpoint, weights, range));
            Optional<String> tokenizerJson = checkpoint.tokenizerJson();
            tokenizer =
                    order.getStageIndex() == 0
                            ? Optional.of(
                                    tokenizerJson
                                            .map(Tokenizer::of)
                                            .orElseGet(() -> Tokenizer.open(folder)))
                            : Optional.empty();
            StageDevice device = open(order.getDeviceId());
            opened = Optional.of(device);
            StageConfig config =
                    new StageConfig(
                            order.getKvTokens(),
                            order.getMaxSequences(),
                            stepTokens(order, spec),
                            weights);
            Stage stage = device.load(spec, checkpoint, range, config);
            done = true;
            boolean mapped = device.computesFromFiles() && weights == WeightType.STORED;
            if (!mapped) {
                // The stage has copies of its own: the files need not take memory beside them.
                checkpoint.close();
            }
            return new LoadedStage(
                    spec,
                    mapped ? Optional.of(checkpoint) : Optional.empty(),
                    device,
                    stage,
                    config,
                    tokenizer,
                    new AnswerForms(
                            () ->
                                    tokenizerJson
                                            .map(TokenVocabulary::of)
                                            .orElseGet(() -> TokenVocabulary.open(folder)),
                            spec),
                    stage.weightBytes() + stage.kvBytes());
        } finally {
            if (!done) {
                opened.ifPresent(StageDevice::close);
                tokenizer.ifPresent(Tokenizer::close);
                checkpoint.close();
            }
        }
    }

    private static WeightType weightType(AssignStage order) {
        return switch (order.getWeightType()) {
            case WEIGHT_TYPE_UNSPECIFIED, WEIGHT_TYPE_STORED -> WeightType.STORED;
            case WEIGHT_TYPE_INT8 -> WeightType.INT8;
            case WEIGHT_TYPE_INT4 -> WeightType.INT4;
            case UNRECOGNIZED ->
                    throw new AgentException(
                            FaultCode.ENGINE_FAILED,
                            "weight type: %d (expected: one that this agent knows)"
                                    .formatted(order.getWeightTypeValue()));
        };
    }

    /** The same on every stage, because it follows from the order and the model alone. */
    private static int stepTokens(AssignStage order, ModelSpec spec) {
        int fits = Math.clamp(STEP_BYTES / (spec.hiddenSize() * Float.BYTES), 1, STEP_TOKENS);
        return Math.max(fits, order.getMaxSequences() + 1);
    }

    private static void checkEnds(AssignStage order, ModelSpec spec) {
        boolean first = order.getStageIndex() == 0;
        boolean last = order.getStageIndex() == order.getStageCount() - 1;
        if (first != (order.getFirstLayer() == 0)
                || last != (order.getEndLayer() == spec.layerCount())) {
            throw new AgentException(
                    FaultCode.ENGINE_FAILED,
                    "layers: %d..%d of %d for stage %d of %d (expected: the first from 0, the last to the end)"
                            .formatted(
                                    order.getFirstLayer(),
                                    order.getEndLayer(),
                                    spec.layerCount(),
                                    order.getStageIndex(),
                                    order.getStageCount()));
        }
    }

    private static void checkBytes(AssignStage order, long bytes) {
        if (bytes != order.getWeightBytes()) {
            throw new AgentException(
                    FaultCode.WEIGHT_BYTES_MISMATCH,
                    "weights: " + bytes + " bytes (expected: " + order.getWeightBytes() + ")");
        }
    }

    /** A GPU by the UUID that the order names, or the processor by the operator's choice. */
    private StageDevice open(String deviceId) {
        if (!deviceId.equals(CpuDeviceFinder.ID)) {
            return StageDevices.named("cuda:" + deviceId, threads);
        }
        return switch (backend) {
            case CUDA, CPU -> StageDevices.named("cpu", threads);
            case SCALAR -> StageDevices.named("scalar", threads);
            case AUTO -> {
                try {
                    yield StageDevices.named("cpu", threads);
                } catch (EngineException e) {
                    if (e.code() != ErrorCode.BACKEND_UNAVAILABLE) {
                        throw e;
                    }
                    yield StageDevices.named("scalar", threads);
                }
            }
        };
    }
}
