package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.PagedKvCache;
import assay.engine.cache.TableUpdate;
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
 * A range of layers with its KV cache. The first stage embeds token ids, the last applies the final
 * norm and samples; a stage that is both is the whole model. What it answers for a token does not
 * depend on how the model is split, how a prompt is cut into slices, or what else runs: bit for
 * bit.
 *
 * <p>Confined to one thread, {@link #close} included. The checkpoint must stay open as long as the
 * stage, unless the stage keeps its weights in another type than they are stored in; the backend is
 * the caller's to close, after the stage, and is not shared with a stage that runs at the same
 * time.
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
    private final @Nullable Readout readout;
    private final PagedKvCache cache;
    private final RopeTurns turns;
    private final Scratch scratch;
    private final Tensor hidden;
    private @Nullable MicroBatch forwarded; // waits for its answer

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
        for (int i = range.first(); i < range.end(); i++) {
            var memory = cache.layer(i - range.first());
            layers.add(new DecoderLayer(arena, spec, weights, i, backend, memory));
        }
        int headRows = Math.max(config.maxSequences(), OBSERVED_ROWS);
        this.readout =
                last
                        ? new Readout(
                                new OutputHead(arena, spec, weights, backend, headRows),
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

    /** Runs one micro-batch, whose slices bring along what the last stage is to sample. */
    public StageOutput step(MicroBatch batch, StageInput input) {
        return step(batch, input, null);
    }

    /** The same, and shows the logits of each of its tokens if this is the last stage. */
    public StageOutput step(MicroBatch batch, StageInput input, @Nullable LogitsObserver observer) {
        return step(batch, input, last ? batch.ownDemands() : List.of(), observer);
    }

    /**
     * Runs one micro-batch and answers for it.
     *
     * @param demands for the last stage; the others pass them over
     * @throws EngineException as for {@link #forward} and {@link #answer}
     */
    public StageOutput step(
            MicroBatch batch,
            StageInput input,
            List<SliceDemand> demands,
            @Nullable LogitsObserver observer) {
        Optional<StageOutput.Hidden> onward = forward(batch, input);
        if (onward.isPresent()) {
            return onward.get();
        }
        if (readout != null && observer != null) {
            readout.observe(batch, hidden.rows(0, batch.tokens()), observer);
        }
        return answer(demands);
    }

    /**
     * Runs the layers on one micro-batch.
     *
     * @return the input of the next stage; empty on the last, which is then asked to {@link
     *     #answer}
     * @throws EngineException STEP_INVALID when batch and input do not fit each other or this
     *     stage, KV_EXHAUSTED. Where the stage takes free blocks itself, nothing has changed then;
     *     else the sequences of the step must be released
     */
    public Optional<StageOutput.Hidden> forward(MicroBatch batch, StageInput input) {
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
        if (readout == null) {
            return Optional.of(new StageOutput.Hidden(state.data().asReadOnly()));
        }
        forwarded = batch;
        return Optional.empty();
    }

    /**
     * Answers for the step that {@link #forward} ran last; on the last stage, once for each step.
     *
     * @param demands one for each slice that is to be answered
     * @throws EngineException STEP_INVALID when a demand does not fit the step, LOGITS_NOT_FINITE;
     *     the sequences of the step must then be released
     */
    public StageOutput.Sampled answer(List<SliceDemand> demands) {
        MicroBatch batch = forwarded;
        if (readout == null || batch == null) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "answer: no step (expected: one on the last stage)");
        }
        forwarded = null;
        return readout.answer(batch, hidden.rows(0, batch.tokens()), demands);
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
            TableUpdate update =
                    slice.table() == null
                            ? cache.choose(slice.sequenceId(), slice.end())
                            : slice.table();
            int[] table = cache.place(slice.sequenceId(), slice.position(), slice.end(), update);
            for (int p = slice.position(); p < slice.end(); p++, t++) {
                positions[t] = p;
                tables[t] = table;
            }
        }
        return new LayerStep(new TokenPlaces(positions, tables), turns.at(positions), scratch);
    }

    private static EngineException invalid(Slice slice, int limit) {
        return new EngineException(
                ErrorCode.STEP_INVALID,
                "sequence %d: positions %d..%d (expected: from at most %d, or within it)"
                        .formatted(slice.sequenceId(), slice.position(), slice.end(), limit));
    }

    /**
     * Looks at the whole batch before any of it is placed, so that a stage that takes its blocks
     * itself is unchanged by a step it refuses.
     */
    private void requireBlocks(MicroBatch batch) {
        int blocks = 0;
        int sequences = cache.sequenceCount();
        for (Slice slice : batch.slices()) {
            if (slice.end() > spec.contextTokens()) {
                throw invalid(slice, spec.contextTokens());
            }
            if (slice.table() == null) {
                int held = cache.tokens(slice.sequenceId());
                if (slice.position() > held) {
                    throw invalid(slice, held);
                }
                blocks += Math.max(0, cache.blocksMissing(slice.sequenceId(), slice.end()));
                sequences += held == 0 ? 1 : 0;
            }
        }
        if (blocks > cache.freeBlocks() || sequences > config.maxSequences()) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "KV: %d blocks for %d sequences (expected: at most %d for %d)"
                            .formatted(
                                    blocks, sequences, cache.freeBlocks(), config.maxSequences()));
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
        if (readout != null) {
            readout.release(sequenceIds);
        }
    }

    /** Begins a new epoch: no sequence holds KV. */
    public void reset() {
        cache.reset();
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
