package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The weights of a model folder, memory-mapped. Every file that is there is checked when it is
 * opened; a shard that is not there may be missing as long as nobody asks for its tensors, since an
 * agent keeps the shards of its own layers only.
 *
 * <p>Thread-safe to read. {@link #close} unmaps: no stage that was loaded from it may run
 * afterwards.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE_FILE = "model.safetensors";

    private final Arena arena;
    private final Map<String, TensorView> tensors;
    private final Map<String, String> missing;

    private Checkpoint(Arena arena, Map<String, TensorView> tensors, Map<String, String> missing) {
        this.arena = arena;
        this.tensors = tensors;
        this.missing = missing;
    }

    /** Opens one safetensors file of any name. */
    public static Checkpoint openFile(Path file) {
        Arena arena = Arena.ofShared();
        try {
            return new Checkpoint(arena, map(arena, file), Map.of());
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Opens {@code model.safetensors}, or the shards that {@code model.safetensors.index.json}
     * names.
     *
     * @throws EngineException MODEL_INVALID names file, tensor and expectation; MODEL_UNREADABLE
     *     the file
     */
    public static Checkpoint open(Path folder) {
        Arena arena = Arena.ofShared();
        try {
            Path index = folder.resolve(ShardIndex.FILE);
            return Files.exists(index)
                    ? openShards(arena, folder, ShardIndex.read(index))
                    : new Checkpoint(arena, map(arena, folder.resolve(SINGLE_FILE)), Map.of());
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static Checkpoint openShards(Arena arena, Path folder, Map<String, String> fileOf) {
        Map<String, TensorView> tensors = new LinkedHashMap<>();
        Set<String> absent = new TreeSet<>();
        for (String file : new TreeSet<>(fileOf.values())) {
            if (!Files.exists(folder.resolve(file))) {
                absent.add(file);
                continue;
            }
            map(arena, folder.resolve(file)).forEach((name, view) -> claim(tensors, fileOf, view));
        }
        Map<String, String> missing = new HashMap<>();
        fileOf.forEach((name, file) -> {
            if (absent.contains(file)) {
                missing.put(name, file);
            } else if (!tensors.containsKey(name)) {
                throw new EngineException(
                        ErrorCode.MODEL_INVALID,
                        "%s: tensor %s is absent (expected by %s)"
                                .formatted(file, name, ShardIndex.FILE));
            }
        });
        return new Checkpoint(arena, tensors, missing);
    }

    private static void claim(
            Map<String, TensorView> tensors, Map<String, String> fileOf, TensorView view) {
        String expected = fileOf.get(view.name());
        if (!view.file().equals(expected)) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: tensor %s (expected by %s: in %s)"
                            .formatted(view.file(), view.name(), ShardIndex.FILE, expected));
        }
        tensors.put(view.name(), view);
    }

    private static Map<String, TensorView> map(Arena arena, Path path) {
        String file = String.valueOf(path.getFileName());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment mapping =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return SafetensorsHeader.read(file, mapping);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, file + ": cannot be read", e);
        }
    }

    /** Names of all tensors whose files are here. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    public boolean has(String name) {
        return tensors.containsKey(name) || missing.containsKey(name);
    }

    /**
     * One tensor, unread.
     *
     * @throws EngineException MODEL_INVALID when the model has no such tensor, MODEL_UNREADABLE
     *     when the shard that holds it is not here
     */
    public TensorView tensor(String name) {
        TensorView view = tensors.get(name);
        if (view != null) {
            return view;
        }
        String file = missing.get(name);
        if (file != null) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE,
                    "%s: file is absent (expected: it holds tensor %s)".formatted(file, name));
        }
        throw new EngineException(
                ErrorCode.MODEL_INVALID, "tensor " + name + ": absent (expected: in the model)");
    }

    @Override
    public void close() {
        arena.close();
    }
}
