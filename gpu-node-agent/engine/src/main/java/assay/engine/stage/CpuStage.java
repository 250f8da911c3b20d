package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.KeptTable;
import assay.engine.cache.PagedKvCache;
import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;
import assay.engine.layer.DecoderLayer;
import assay.engine.layer.LayerStep;
import assay.engine.layer.OutputHead;
import assay.engine.layer.RopeTurns;
import assay.engine.layer.Scratch;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.StageWeights;
import assay.engine.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stage that computes in main memory through a {@link Backend}. The checkpoint must stay open as
 * long as the stage, unless the stage keeps its weights in another type than they are stored in;
 * the backend is the caller's to close, after the stage, and is not shared with a stage that runs
 * at the same time.
 */
final class CpuStage implements Stage {
    private static final int OBSERVED_ROWS = 16;

    private final ModelSpec spec;
    private final StageConfig config;
    private final Backend backend;
    private final Arena arena;
    private final long weightBytes;
    private final long kvBytes;
    private final @Nullable Tensor embedding;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final @Nullable Readout readout;
    private final PagedKvCache cache;
    private final Placement placement;
    private final RopeTurns turns;
    private final Scratch scratch;
    private final Tensor hidden;
    private @Nullable MicroBatch forwarded; // waits for its answer

    private CpuStage(
            ModelSpec spec,
            Checkpoint checkpoint,
            LayerRange range,
            Backend backend,
            StageConfig config,
            Arena arena) {
        this.spec = spec;
        this.config = config;
        this.backend = backend;
        this.arena = arena;
        boolean first = range.first() == 0;
        boolean last = range.end() == spec.layerCount();
        this.weightBytes = ModelLayout.weightBytes(spec, checkpoint, config.weights(), range);
        StageWeights weights = new StageWeights(checkpoint, config.weights(), arena);
        this.embedding =
                first
                        ? weights.tensor(
                                TensorNames.EMBEDDING, spec.vocabularySize(), spec.hiddenSize())
                        : null;
        this.cache =
                new PagedKvCache(
                        arena,
                        range.layerCount(),
                        spec.layer(range.first()).attention().cachedHeads(),
                        spec.layer(range.first()).attention().keyDim(),
                        spec.layer(range.first()).attention().valueDim(),
                        config.kvTokens(),
                        config.maxSequences());
        this.placement = new Placement(spec, config, cache);
        for (int i = range.first(); i < range.end(); i++) {
            var memory = cache.layer(i - range.first());
            layers.add(new DecoderLayer(arena, spec, weights, i, backend, memory));
        }
        this.kvBytes = ModelLayout.of(spec, checkpoint).kvBytes(range, config.kvTokens());
        int headRows = Math.max(config.maxSequences(), OBSERVED_ROWS);
        this.readout =
                last
                        ? new Readout(
                                rater(new OutputHead(arena, spec, weights, backend, headRows)),
                                spec.vocabularySize(),
                                spec.hiddenSize())
                        : null;
        this.turns = new RopeTurns(arena, spec, config.maxStepTokens());
        this.scratch = Scratch.allocate(arena, spec, range, config.maxStepTokens());
        this.hidden = Tensor.allocate(arena, config.maxStepTokens(), spec.hiddenSize());
        backend.reserve(config.maxStepTokens(), scratch.widest(), spec.contextTokens());
    }

    /**
     * Takes the range's own tensors out of the checkpoint and allocates everything a step needs.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor, OUT_OF_MEMORY
     *     what was asked for
     */
    static CpuStage load(
            ModelSpec spec,
            Checkpoint checkpoint,
            LayerRange range,
            Backend backend,
            StageConfig config) {
        if (range.end() > spec.layerCount()) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "layers: %d..%d (expected: within %d)"
                            .formatted(range.first(), range.end(), spec.layerCount()));
        }
        Arena arena = Arena.ofShared();
        try {
            return new CpuStage(spec, checkpoint, range, backend, config, arena);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new EngineException(
                    ErrorCode.OUT_OF_MEMORY,
                    "stage: memory for %s cannot be had".formatted(config),
                    e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
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
        return cache.freeBlocks() * KvBlocks.BLOCK_TOKENS;
    }

    @Override
    public Optional<StageOutput.Hidden> forward(MicroBatch batch, StageInput input) {
        Tensor state = hidden.rows(0, placement.tokens(batch));
        read(input, state);
        TokenPlaces places = Placement.ofTokens(batch, placement.place(batch));
        LayerStep step = new LayerStep(places, turns.at(places.positions()), scratch);
        for (DecoderLayer layer : layers) {
            layer.forward(state, step);
        }
        if (readout == null) {
            return Optional.of(new StageOutput.Hidden(state.data().asReadOnly()));
        }
        forwarded = batch;
        return Optional.empty();
    }

    @Override
    public void observe(LogitsObserver observer) {
        if (readout != null && forwarded != null) {
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
        return readout.answer(batch, demands);
    }

    private LogitRows rater(OutputHead head) {
        return new LogitRows() {
            @Override
            public int maxRows() {
                return head.maxRows();
            }

            @Override
            public Tensor logits(int[] rows) {
                return head.logits(hidden, rows);
            }

            @Override
            public Tensor states(int[] rows) {
                return head.states(hidden, rows);
            }
        };
    }

    private void read(StageInput input, Tensor state) {
        switch (input) {
            case StageInput.TokenIds(int[] ids) -> {
                if (embedding == null) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID, "input: token ids (expected: hidden states)");
                }
                backend.embed(embedding, ids, state);
            }
            case StageInput.Hidden(MemorySegment data) -> {
                if (embedding != null || data.byteSize() != state.data().byteSize()) {
                    throw new EngineException(
                            ErrorCode.STEP_INVALID,
                            "input: %d bytes of hidden states (expected: %d, not on the first stage)"
                                    .formatted(data.byteSize(), state.data().byteSize()));
                }
                state.data().copyFrom(data);
            }
            case StageInput.Delivered delivered ->
                    throw new EngineException(
                            ErrorCode.STEP_INVALID, "input: on a device (expected: in memory)");
        }
    }

    @Override
    public void warmUp() {
        new WarmUp(spec, config, embedding != null, readout != null).run(this);
        reset();
    }

    @Override
    public void release(Collection<Long> sequenceIds) {
        sequenceIds.forEach(cache::release);
        if (readout != null) {
            readout.release(sequenceIds);
        }
    }

    @Override
    public void keep(List<KeptTable> kept) {
        cache.keep(kept);
        forget();
    }

    @Override
    public void reset() {
        cache.reset();
        forget();
    }

    private void forget() {
        forwarded = null;
        if (readout != null) {
            readout.reset();
        }
    }

    @Override
    public void close() {
        if (readout != null) {
            readout.close();
        }
        arena.close();
    }
}
