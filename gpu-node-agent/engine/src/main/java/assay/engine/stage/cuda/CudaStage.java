package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.BlockTables;
import assay.engine.cache.KeptTable;
import assay.engine.kernel.DType;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.cuda.DeviceKv;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.WeightKernels;
import assay.engine.kernel.cuda.driver.GpuStream;
import assay.engine.model.AttentionSpec;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.stage.LogitsObserver;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Placement;
import assay.engine.stage.Readout;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.stage.StageInput;
import assay.engine.stage.StageOutput;
import assay.engine.stage.WarmUp;
import assay.engine.stage.cuda.StepFrame.Runs;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.TensorNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A stage on a GPU. A step is written to pinned memory, runs as one sequence of launches, and is
 * waited for once: for the hidden states that go on, or for what was sampled. Decode steps are
 * filled up to a {@link Buckets bucket} and run as a graph from the second of a bucket on.
 */
final class CudaStage implements Stage {
    private final CudaStageDevice device;
    private final GpuStream stream;
    private final ModelSpec spec;
    private final StageMemory memory;
    private final StageKernels kernels;
    private final long weightBytes;
    private final long kvBytes;
    private final int maxTokens;
    private final @Nullable DeviceMatrix embedding;
    private final List<CudaLayer> layers = new ArrayList<>();
    private final @Nullable CudaReadout rows;
    private final @Nullable Readout readout;
    private final BlockTables tables;
    private final Placement placement;
    private final StageConfig config;
    private final StepInputs inputs;
    private final Rooms rooms;
    private final DeviceRows hidden;
    private final long frequencies;
    private final long turns;
    private final long floats;
    private final MemorySegment hostFloats;
    private final DecodeGraphs graphs;
    private final Inbox inbox;
    private @Nullable MicroBatch forwarded; // waits for its answer
    private boolean busy; // the device may still work on a step

    private CudaStage(
            CudaStageDevice device,
            ModelSpec spec,
            LayerRange range,
            StageConfig config,
            StageMemory memory,
            Origin origin) {
        this.device = device;
        this.stream = device.stream();
        this.spec = spec;
        this.config = config;
        this.memory = memory;
        this.maxTokens = Buckets.of(config.maxStepTokens());
        boolean first = range.first() == 0;
        boolean last = range.end() == spec.layerCount();
        int rated = CudaReadout.ratedRows(config.maxSequences());
        this.kernels =
                StageKernels.of(device, memory, spec, Buckets.of(config.maxStepTokens()), rated);
        this.tables = new BlockTables(config.kvTokens(), config.maxSequences());
        this.placement = new Placement(spec, config, tables);
        int longest = Math.min(spec.contextTokens(), tables.blockCount() * KvBlocks.BLOCK_TOKENS);
        this.inputs =
                new StepInputs(
                        device.context(),
                        memory,
                        maxTokens,
                        config.maxSequences(),
                        KvBlocks.blocksFor(longest));
        this.rooms = new Rooms(memory, spec, range, maxTokens);
        this.hidden = memory.rows("hidden states", maxTokens, spec.hiddenSize());
        stream.fill(
                hidden.address(), 0, 2L * maxTokens * spec.hiddenSize()); // for rows of no token
        this.inbox =
                new Inbox(
                        device.context(),
                        stream,
                        memory,
                        first ? 0 : 2L * maxTokens * spec.hiddenSize());
        long hiddenBytes = (long) Float.BYTES * maxTokens * spec.hiddenSize();
        boolean whole = first && last;
        this.floats = whole ? 0 : memory.take("hidden states that come and go", hiddenBytes);
        this.hostFloats = memory.pin(whole ? 1 : hiddenBytes);
        this.turns = memory.take("rotations", (long) Float.BYTES * maxTokens * spec.turnedDim());
        this.frequencies = frequencies();
        long before = memory.bytes();
        List<DeviceKv> caches = caches(range);
        this.kvBytes = memory.bytes() - before;
        long loaded = memory.bytes();
        try (WeightSource source = origin.open(kernels.weights(), memory)) {
            this.embedding =
                    first
                            ? source.matrix(
                                    TensorNames.EMBEDDING, spec.vocabularySize(), spec.hiddenSize())
                            : null;
            for (int i = range.first(); i < range.end(); i++) {
                DeviceKv cache = caches.get(i - range.first());
                layers.add(new CudaLayer(spec, source, i, kernels, cache));
            }
            this.rows = last ? rows(source) : null;
        }
        this.readout =
                rows == null
                        ? null
                        : new Readout(rows, rows, spec.vocabularySize(), spec.hiddenSize());
        this.weightBytes = origin.bytes().orElse(memory.bytes() - loaded);
        this.graphs = new DecodeGraphs(stream);
    }

    /** Where a stage's weights come from. */
    private interface Origin {
        WeightSource open(WeightKernels kernels, StageMemory memory);

        /** What they weigh in the files; empty where there are none. */
        OptionalLong bytes();
    }

    /**
     * Uploads the range's own tensors and takes all device memory that steps need.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor, OUT_OF_MEMORY
     *     what was asked for and what was free
     */
    static CudaStage load(
            CudaStageDevice device,
            ModelSpec spec,
            Checkpoint checkpoint,
            LayerRange range,
            StageConfig config) {
        return load(
                device,
                spec,
                range,
                config,
                new Origin() {
                    @Override
                    public WeightSource open(WeightKernels kernels, StageMemory memory) {
                        return new WeightUpload(
                                device.context(),
                                device.stream(),
                                kernels,
                                memory,
                                checkpoint,
                                config.weights());
                    }

                    @Override
                    public OptionalLong bytes() {
                        return OptionalLong.of(
                                ModelLayout.weightBytes(spec, checkpoint, config.weights(), range));
                    }
                });
    }

    /** The same with random weights, see {@link MadeWeights}. */
    static CudaStage make(
            CudaStageDevice device,
            ModelSpec spec,
            LayerRange range,
            StageConfig config,
            DType type) {
        return load(
                device,
                spec,
                range,
                config,
                new Origin() {
                    @Override
                    public WeightSource open(WeightKernels kernels, StageMemory memory) {
                        return new MadeWeights(device.stream(), kernels, memory, type);
                    }

                    @Override
                    public OptionalLong bytes() {
                        return OptionalLong.empty();
                    }
                });
    }

    private static CudaStage load(
            CudaStageDevice device,
            ModelSpec spec,
            LayerRange range,
            StageConfig config,
            Origin origin) {
        if (range.end() > spec.layerCount()) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "layers: %d..%d (expected: within %d)"
                            .formatted(range.first(), range.end(), spec.layerCount()));
        }
        device.context().makeCurrent();
        StageMemory memory = new StageMemory(device.context());
        try {
            return new CudaStage(device, spec, range, config, memory, origin);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private CudaReadout rows(WeightSource source) {
        return new CudaReadout(
                stream, kernels, memory, source, spec, hidden, embedding, config.maxSequences());
    }

    private long frequencies() {
        int pairs = spec.turnedDim() / 2;
        MemorySegment host = memory.pin((long) Double.BYTES * pairs);
        for (int i = 0; i < pairs; i++) {
            host.setAtIndex(
                    ValueLayout.JAVA_DOUBLE, i, spec.rope().inverseFrequency(i, spec.turnedDim()));
        }
        long address = memory.take("frequencies", host.byteSize());
        stream.upload(host, address);
        return address;
    }

    /** Zeroed, so that what no token has written is a number. */
    private List<DeviceKv> caches(LayerRange range) {
        List<DeviceKv> caches = new ArrayList<>();
        long positions = (long) tables.blockCount() * KvBlocks.BLOCK_TOKENS;
        for (int i = range.first(); i < range.end(); i++) {
            AttentionSpec attention = spec.layer(i).attention();
            boolean latent = attention instanceof AttentionSpec.Latent;
            long keyBytes = 2 * positions * attention.cachedHeads() * attention.keyDim();
            long valueBytes = 2 * positions * attention.cachedHeads() * attention.valueDim();
            long keys = memory.take("KV of layer " + i, keyBytes);
            stream.fill(keys, 0, keyBytes);
            long values = 0;
            if (!latent) {
                values = memory.take("KV of layer " + i, valueBytes);
                stream.fill(values, 0, valueBytes);
            }
            caches.add(
                    new DeviceKv(
                            keys,
                            values,
                            attention.cachedHeads(),
                            attention.keyDim(),
                            attention.valueDim()));
        }
        return caches;
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public long kvBytes() {
        return kvBytes;
    }

    @Override
    public int freeKvTokens() {
        return tables.freeBlocks() * KvBlocks.BLOCK_TOKENS;
    }

    @Override
    public Optional<StageOutput.Hidden> forward(MicroBatch batch, StageInput input) {
        int tokens = run(batch, input, readout == null ? Way.TO_HOST : Way.TO_READOUT);
        if (readout != null) {
            forwarded = batch;
            return Optional.empty();
        }
        stream.await();
        busy = false;
        long bytes = (long) Float.BYTES * tokens * spec.hiddenSize();
        return Optional.of(new StageOutput.Hidden(hostFloats.asSlice(0, bytes).asReadOnly()));
    }

    @Override
    public StageInput forwardTo(Stage next, MicroBatch batch, StageInput input) {
        if (!(next instanceof CudaStage peer) || readout != null || peer.embedding != null) {
            return Stage.super.forwardTo(next, batch, input);
        }
        int tokens = run(batch, input, Way.TO_PEER);
        inbox.deliver(hidden.rows(0, tokens), peer.inbox);
        return new StageInput.Delivered(tokens);
    }

    /** Where the outcome of a step goes. */
    private enum Way {
        TO_HOST,
        TO_PEER,
        TO_READOUT
    }

    /** What decode steps have in common that run as the same graph. */
    private record Step(int count, Way way, boolean inPlace) {}

    /** Puts a step into the stream, and returns its tokens. */
    private int run(MicroBatch batch, StageInput input, Way way) {
        device.context().makeCurrent();
        boolean delivered = false;
        if (input instanceof StageInput.Delivered(int there)) {
            inbox.take(hidden.rows(0, there)); // also when the step is refused below
            delivered = true;
        }
        int tokens = placement.tokens(batch);
        inputs.begin();
        read(input, tokens);
        int[][] placed = placement.place(batch);
        boolean decode = batch.slices().size() == tokens;
        int count = decode ? Buckets.of(tokens) : tokens;
        Runs runs = inputs.write(stream, batch, placed, count);
        inputs.upload(stream);
        boolean inPlace = delivered;
        Runnable work = () -> launch(count, runs, inPlace, way);
        busy = true;
        if (decode) {
            graphs.run(new Step(count, way, inPlace), work);
        } else {
            work.run();
        }
        return tokens;
    }

    /** Writes down what goes through the stage, before any of it is placed. */
    private void read(StageInput input, int tokens) {
        switch (input) {
            case StageInput.TokenIds(int[] ids) -> {
                if (embedding == null || ids.length != tokens) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID,
                            "input: %d token ids (expected: %s)"
                                    .formatted(
                                            ids.length,
                                            embedding == null ? "hidden states" : tokens));
                }
                inputs.writeIds(ids);
            }
            case StageInput.Hidden(MemorySegment data) -> {
                long bytes = (long) Float.BYTES * tokens * spec.hiddenSize();
                if (embedding != null || data.byteSize() != bytes) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID,
                            "input: %d bytes of hidden states (expected: %d, not on the first stage)"
                                    .formatted(data.byteSize(), bytes));
                }
                if (busy) {
                    stream.await(); // the step before may still read them
                }
                hostFloats.copyFrom(data);
            }
            case StageInput.Delivered(int count) -> {
                if (embedding != null || count != tokens) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID,
                            "input: %d delivered hidden states (expected: %d, not on the first stage)"
                                    .formatted(count, tokens));
                }
            }
        }
    }

    /** All of a step's work on the device up to its last layer; may be captured. */
    private void launch(int count, Runs runs, boolean delivered, Way way) {
        long handle = stream.handle();
        DeviceRows state = hidden.rows(0, count);
        long elements = (long) count * spec.hiddenSize();
        if (embedding != null) {
            kernels.rows().embed(handle, embedding, inputs.ids(), state);
        } else if (!delivered) {
            stream.upload(hostFloats.asSlice(0, Float.BYTES * elements), floats);
            kernels.weights().toBf16(handle, floats, elements, state.address());
        }
        StepFrame step = new StepFrame(handle, state, inputs.tokens(count), turns, runs, rooms);
        kernels.rows()
                .turns(
                        handle,
                        step.tokens().positions(),
                        count,
                        frequencies,
                        (float) spec.rope().magnitude(),
                        spec.turnedDim(),
                        turns);
        for (CudaLayer layer : layers) {
            layer.forward(step);
        }
        if (way == Way.TO_HOST) {
            kernels.weights().toFloats(handle, DType.BF16, state.address(), elements, floats);
            stream.download(floats, hostFloats.asSlice(0, Float.BYTES * elements));
        }
    }

    @Override
    public void observe(LogitsObserver observer) {
        if (readout != null && forwarded != null) {
            device.context().makeCurrent();
            readout.observe(forwarded, observer);
        }
    }

    @Override
    public StageOutput.Sampled answer(List<SliceDemand> demands) {
        MicroBatch batch = forwarded;
        if (readout == null || batch == null) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "answer: no step (expected: one on the last stage)");
        }
        forwarded = null;
        device.context().makeCurrent();
        StageOutput.Sampled answer = readout.answer(batch, demands);
        stream.await();
        busy = false;
        return answer;
    }

    @Override
    public void warmUp() {
        new WarmUp(spec, config, embedding != null, readout != null).run(this);
        reset();
    }

    @Override
    public void release(Collection<Long> sequenceIds) {
        sequenceIds.forEach(tables::release);
        inputs.release(sequenceIds);
        if (readout != null) {
            readout.release(sequenceIds);
        }
    }

    @Override
    public void keep(List<KeptTable> kept) {
        idle();
        tables.keep(kept);
        forget();
    }

    @Override
    public void reset() {
        idle();
        tables.reset();
        forget();
    }

    private void idle() {
        device.context().makeCurrent();
        stream.await();
        busy = false;
    }

    private void forget() {
        inputs.reset();
        inbox.clear();
        forwarded = null;
        if (readout != null) {
            readout.reset();
        }
    }

    @Override
    public void close() {
        device.context().makeCurrent();
        if (readout != null) {
            readout.close();
        }
        if (rows != null) {
            rows.close();
        }
        stream.await();
        graphs.close();
        memory.close();
    }
}
