package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.model.ModelSpec;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model, memory-mapped, by the names that Hugging Face checkpoints have for them:
 * safetensors, PyTorch's zip format, or GGUF. Every file that is there is checked when it is
 * opened; a shard that is not there may be missing as long as nobody asks for its tensors, since an
 * agent keeps the shards of its own layers only.
 *
 * <p>Thread-safe to read. {@link #close} unmaps: no stage that was loaded from it may run
 * afterwards.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String MIXTRAL_ROUTER = ".block_sparse_moe.gate.";

    /** What transformers 5 calls it where it stacks experts. */
    private static final String ROUTER = ".mlp.gate.";

    private static final String SCALES = "_scale_inv";

    /**
     * What opening gives.
     *
     * @param tensors by name; {@code experts.*} stands for all experts in one tensor
     * @param missing name to the file that should be here and is not
     * @param missingShards files that are not here and whose tensors are not known
     */
    record Contents(
            Map<String, Supplier<TensorView>> tensors,
            Map<String, String> missing,
            Set<String> missingShards,
            @Nullable GgufMetadata gguf) {}

    private final Path path;
    private final Arena arena;
    private final Contents contents;

    private Checkpoint(Path path, Arena arena, Contents contents) {
        this.path = path;
        this.arena = arena;
        this.contents = contents;
    }

    /** Opens one file of any name: GGUF, PyTorch or, by any other ending, safetensors. */
    public static Checkpoint openFile(Path file) {
        return open(file);
    }

    /**
     * Opens a model folder or one file. In a folder the first of these counts: safetensors by
     * {@code model.safetensors.index.json} or single, GGUF (single or split), {@code
     * pytorch_model.bin.index.json}, {@code pytorch_model.bin}, the only {@code .safetensors},
     * {@code .bin}, {@code .pt} or {@code .pth} file.
     *
     * @throws EngineException MODEL_INVALID names file, tensor and expectation; MODEL_UNSUPPORTED
     *     what is not read; MODEL_UNREADABLE the file
     */
    public static Checkpoint open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            return new Checkpoint(path, arena, new CheckpointFiles(arena).open(path));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * The shape of the network: from the metadata of a GGUF file, else from config.json beside the
     * weights.
     *
     * @throws EngineException as {@link ModelSpec#read}
     */
    public ModelSpec spec() {
        return contents.gguf() == null
                ? ModelSpec.read(Files.isDirectory(path) ? path : path.resolveSibling(""))
                : new GgufSpec(contents.gguf(), this).read();
    }

    /** What a GGUF file says beside its tensors: its tokenizer too. */
    public Optional<GgufMetadata> gguf() {
        return Optional.ofNullable(contents.gguf());
    }

    /** The tokenizer that a GGUF file brings, as the text of a {@code tokenizer.json}. */
    public Optional<String> tokenizerJson() {
        return gguf().filter(GgufTokenizer::isIn).map(it -> new GgufTokenizer(it).tokenizerJson());
    }

    /**
     * Names of all tensors whose files are here. Of experts that are stacked in a GGUF file there
     * is one for each.
     */
    public Set<String> names() {
        Set<String> names = new TreeSet<>();
        contents.tensors()
                .forEach((name, view) -> {
                    if (name.contains(".experts.*.")) {
                        long experts = view.get().shape().getFirst();
                        for (long e = 0; e < experts; e++) {
                            names.add(name.replace(".*.", "." + e + "."));
                        }
                    } else {
                        names.add(name);
                    }
                });
        return Collections.unmodifiableSet(names);
    }

    /** Whether the model has such a tensor, here or in a file that is known to be elsewhere. */
    public boolean has(String name) {
        return holds(name)
                || ExpertSlice.of(name).stream().map(ExpertSlice::stack).anyMatch(this::holds)
                || holds(renamed(name));
    }

    private boolean holds(String name) {
        return contents.tensors().containsKey(name) || contents.missing().containsKey(name);
    }

    private static String renamed(String name) {
        return name.replace(MIXTRAL_ROUTER, ROUTER);
    }

    /**
     * One tensor, unread; that of an expert also where all experts are stacked in one.
     *
     * @throws EngineException MODEL_INVALID when the model has no such tensor, MODEL_UNREADABLE
     *     when the shard that holds it (or the scales of it) is not here, MODEL_UNSUPPORTED when it
     *     is no part of its stack that could be used where it stands
     */
    public TensorView tensor(String name) {
        if (!holds(name)) {
            for (ExpertSlice slice : ExpertSlice.of(name)) {
                if (holds(slice.stack())) {
                    return expert(slice);
                }
            }
        }
        TensorView view = stored(holds(name) ? name : renamed(name));
        String scales = name + SCALES;
        return view.type() == PlainType.F8_E4M3 && has(scales)
                ? view.scaledBy(tensor(scales))
                : view;
    }

    private TensorView stored(String name) {
        Supplier<TensorView> view = contents.tensors().get(name);
        if (view != null) {
            return view.get();
        }
        String file = contents.missing().get(name);
        if (file != null) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE,
                    "%s: file is absent (expected: it holds tensor %s)".formatted(file, name));
        }
        if (!contents.missingShards().isEmpty()) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE,
                    "%s: files are absent (expected: one of them holds tensor %s)"
                            .formatted(contents.missingShards(), name));
        }
        throw new EngineException(
                ErrorCode.MODEL_INVALID, "tensor " + name + ": absent (expected: in the model)");
    }

    private TensorView expert(ExpertSlice place) {
        TensorView slice = place.of(stored(place.stack()));
        String scales = place.stack() + SCALES;
        if (slice.type() != PlainType.F8_E4M3 || !holds(scales)) {
            return slice;
        }
        place.requireWholeBlocks(slice);
        return slice.scaledBy(place.of(stored(scales)));
    }

    @Override
    public void close() {
        arena.close();
    }
}
