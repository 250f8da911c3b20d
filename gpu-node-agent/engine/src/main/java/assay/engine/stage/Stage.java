package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.PagedKvCache;
import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import assay.engine.kernel.TokenPlaces;
import assay.engine.layer.DecoderLayer;
import assay.engine.layer.LayerStep;
import assay.engine.layer.OutputHead;
import assay.engine.layer.RopeTurns;
import assay.engine.layer.Scratch;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.sample.Sampled;
import assay.engine.sample.Sampler;
import assay.engine.sample.SamplingParams;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of layers with its KV cache. The first stage embeds token ids, the last applies the final
 * norm and samples; a stage that is both is the whole model. What it answers for a token does not
 * depend on how the model is split, how a prompt is cut into slices, or what else runs: bit for
 * bit.
 *
 * <p>Confined to one thread, {@link #close} included. The checkpoint must stay open as long as the
 * stage; the backend is the caller's to close, after the stage, and is not shared with a stage that
 * runs at the same time.
 */
public final class Stage implements AutoCloseable {
    private static final int OBSERVED_ROWS = 16;

    private final ModelSpec spec;
    private final StageConfig config;
    private final Backend backend;
    private final Arena arena;
    private final long weightBytes;
    private final boolean last;
    private final @Nullable Tensor embedding;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final @Nullable OutputHead head;
    private final PagedKvCache cache;
    private final RopeTurns turns;
    private final Scratch scratch;
    private final Tensor hidden;
    private final Sampler sampler;
    private final float[] logits;

    private Stage(
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
        this.last = range.end() == spec.layerCount();
        this.weightBytes = ModelLayout.weightBytes(spec, checkpoint, range);
        this.embedding =
                first
                        ? checkpoint
                                .tensor(TensorNames.EMBEDDING)
                                .matrix(spec.vocabularySize(), spec.hiddenSize())
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
        for (int i = range.first(); i < range.end(); i++) {
            var memory = cache.layer(i - range.first());
            layers.add(new DecoderLayer(arena, spec, checkpoint, i, backend, memory));
        }
        int headRows = Math.max(config.maxSequences(), OBSERVED_ROWS);
        this.head = last ? new OutputHead(arena, spec, checkpoint, backend, headRows) : null;
        this.turns = new RopeTurns(arena, spec, config.maxStepTokens());
        this.scratch = Scratch.allocate(arena, spec, range, config.maxStepTokens());
        this.hidden = Tensor.allocate(arena, config.maxStepTokens(), spec.hiddenSize());
        this.sampler = new Sampler(last ? spec.vocabularySize() : 0);
        this.logits = new float[last ? spec.vocabularySize() : 0];
        backend.reserve(config.maxStepTokens(), scratch.widest(), spec.contextTokens());
    }

    /**
     * Takes the range's own tensors out of the checkpoint and allocates everything a step needs.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor, OUT_OF_MEMORY
     *     what was asked for
     */
    public static Stage load(
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
            return new Stage(spec, checkpoint, range, backend, config, arena);
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

    /** Bytes of the weights that this stage holds. */
    public long weightBytes() {
        return weightBytes;
    }

    /** Positions that the KV cache can still take, in whole blocks. */
    public int freeKvTokens() {
        return cache.freeBlocks() * assay.engine.kernel.KvBlocks.BLOCK_TOKENS;
    }

    /** Runs one micro-batch. */
    public StageOutput step(MicroBatch batch, StageInput input) {
        return step(batch, input, null);
    }

    /**
     * Runs one micro-batch, and shows the logits of each of its tokens if this is the last stage.
     *
     * @throws EngineException STEP_INVALID when batch and input do not fit each other or this
     *     stage, KV_EXHAUSTED, LOGITS_NOT_FINITE. After the first two nothing has changed; the
     *     sequences of the step must be released, or run again from an earlier position, after the
     *     third
     */
    public StageOutput step(MicroBatch batch, StageInput input, @Nullable LogitsObserver observer) {
        int tokens = batch.tokens();
        if (tokens > config.maxStepTokens()) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "step: %d tokens (expected: at most %d)"
                            .formatted(tokens, config.maxStepTokens()));
        }
        Tensor state = hidden.rows(0, tokens);
        read(input, state);
        LayerStep step = place(batch, tokens);
        for (DecoderLayer layer : layers) {
            layer.forward(state, step);
        }
        if (head == null) {
            return new StageOutput.Hidden(state.data().asReadOnly());
        }
        if (observer != null) {
            observe(head, batch, state, observer);
        }
        return new StageOutput.Sampled(sample(head, batch, state));
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
        }
    }

    private LayerStep place(MicroBatch batch, int tokens) {
        requireBlocks(batch);
        int[] positions = new int[tokens];
        int[][] tables = new int[tokens][];
        int t = 0;
        for (Slice slice : batch.slices()) {
            int[] table = cache.place(slice.sequenceId(), slice.position(), slice.end());
            for (int p = slice.position(); p < slice.end(); p++, t++) {
                positions[t] = p;
                tables[t] = table;
            }
        }
        return new LayerStep(new TokenPlaces(positions, tables), turns.at(positions), scratch);
    }

    /**
     * Looks at the whole batch before any of it is placed, so that a refused step changes nothing.
     */
    private void requireBlocks(MicroBatch batch) {
        int blocks = 0;
        int sequences = cache.sequenceCount();
        for (Slice slice : batch.slices()) {
            int held = cache.tokens(slice.sequenceId());
            if (slice.position() > held || slice.end() > spec.contextTokens()) {
                throw new EngineException(
                        ErrorCode.STEP_INVALID,
                        "sequence %d: positions %d..%d (expected: from at most %d, within %d)"
                                .formatted(
                                        slice.sequenceId(),
                                        slice.position(),
                                        slice.end(),
                                        held,
                                        spec.contextTokens()));
            }
            blocks += Math.max(0, cache.blocksMissing(slice.sequenceId(), slice.end()));
            sequences += held == 0 ? 1 : 0;
        }
        if (blocks > cache.freeBlocks() || sequences > config.maxSequences()) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "KV: %d blocks for %d sequences (expected: at most %d for %d)"
                            .formatted(
                                    blocks, sequences, cache.freeBlocks(), config.maxSequences()));
        }
    }

    private List<SampledToken> sample(OutputHead head, MicroBatch batch, Tensor state) {
        List<Slice> asking = batch.slices().stream().filter(Slice::sample).toList();
        if (asking.isEmpty()) {
            return List.of();
        }
        int[] rows = new int[asking.size()];
        int end = 0;
        int count = 0;
        for (Slice slice : batch.slices()) {
            end += slice.tokens();
            if (slice.sample()) {
                rows[count++] = end - 1;
            }
        }
        Tensor rated = head.logits(state, rows);
        List<SampledToken> tokens = new ArrayList<>(rows.length);
        for (int i = 0; i < rows.length; i++) {
            Slice slice = asking.get(i);
            rated.readRow(i, logits);
            SamplingParams params = slice.sampling();
            Sampled sampled =
                    sampler.sample(
                            logits, params == null ? SamplingParams.GREEDY : params, slice.end());
            tokens.add(new SampledToken(slice.sequenceId(), sampled.id(), sampled.logProb()));
        }
        return tokens;
    }

    private void observe(OutputHead head, MicroBatch batch, Tensor state, LogitsObserver observer) {
        int row = 0;
        for (Slice slice : batch.slices()) {
            for (int i = 0; i < slice.tokens(); i += OBSERVED_ROWS) {
                int count = Math.min(OBSERVED_ROWS, slice.tokens() - i);
                int[] rows = new int[count];
                Arrays.setAll(rows, new RowsFrom(row + i));
                Tensor rated = head.logits(state, rows);
                for (int j = 0; j < count; j++) {
                    float[] values = new float[spec.vocabularySize()];
                    rated.readRow(j, values);
                    observer.logits(slice.sequenceId(), slice.position() + i + j, values);
                }
            }
            row += slice.tokens();
        }
    }

    private record RowsFrom(int first) implements java.util.function.IntUnaryOperator {
        @Override
        public int applyAsInt(int index) {
            return first + index;
        }
    }

    /**
     * Runs made-up steps until the kernels are compiled: a stage that reports ready before that
     * answers its first requests a hundred times slower. Takes seconds at most; holds no sequence
     * afterwards.
     */
    public void warmUp() {
        new WarmUp(spec, config, embedding != null, last).run(this);
        reset();
    }

    /** Frees the KV of sequences that are over; unknown ids are passed over. */
    public void release(Collection<Long> sequenceIds) {
        sequenceIds.forEach(cache::release);
    }

    /** Begins a new epoch: no sequence holds KV. */
    public void reset() {
        cache.reset();
    }

    @Override
    public void close() {
        arena.close();
    }
}
