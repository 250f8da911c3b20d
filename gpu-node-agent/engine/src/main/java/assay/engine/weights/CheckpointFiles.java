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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which files of a folder make a checkpoint, and what is in them. Confined to one thread. */
final class CheckpointFiles {
    private static final String SAFETENSORS = "model.safetensors";
    private static final String PYTORCH = "pytorch_model.bin";
    private static final String INDEX = ".index.json";
    private static final Pattern SPLIT =
            Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.DOTALL);
    private static final Pattern TORCH = Pattern.compile(".*\\.(bin|pt|pth|ckpt)", Pattern.DOTALL);

    private final Arena arena;

    CheckpointFiles(Arena arena) {
        this.arena = arena;
    }

    Checkpoint.Contents open(Path path) {
        if (!Files.isDirectory(path)) {
            return openFile(path);
        }
        if (Files.exists(path.resolve(SAFETENSORS + INDEX))) {
            return openShards(path, SAFETENSORS + INDEX);
        }
        if (Files.exists(path.resolve(SAFETENSORS))) {
            return openFile(path.resolve(SAFETENSORS));
        }
        List<String> gguf =
                files(path).stream()
                        .filter(name -> name.endsWith(".gguf"))
                        .filter(name ->
                                !SPLIT.matcher(name).matches() || name.contains("-00001-of-"))
                        .toList();
        if (!gguf.isEmpty()) {
            return openFile(path.resolve(only(gguf, "GGUF model")));
        }
        if (Files.exists(path.resolve(PYTORCH + INDEX))) {
            return openShards(path, PYTORCH + INDEX);
        }
        if (Files.exists(path.resolve(PYTORCH))) {
            return openFile(path.resolve(PYTORCH));
        }
        List<String> others =
                files(path).stream()
                        .filter(n -> n.endsWith(".safetensors") || TORCH.matcher(n).matches())
                        .toList();
        if (others.isEmpty()) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE,
                    "%s: absent (expected: it, or GGUF, or %s)".formatted(SAFETENSORS, PYTORCH));
        }
        return openFile(path.resolve(only(others, "weights file, or an index of several")));
    }

    private static List<String> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        } catch (IOException e) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, folder.getFileName() + ": cannot be listed", e);
        }
    }

    private static String only(List<String> names, String what) {
        if (names.size() != 1) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, "%s (expected: one %s)".formatted(names, what));
        }
        return names.getFirst();
    }

    private Checkpoint.Contents openFile(Path path) {
        String file = String.valueOf(path.getFileName());
        if (file.endsWith(".gguf")) {
            return openGguf(path, file);
        }
        return new Checkpoint.Contents(read(path), Map.of(), Set.of(), null);
    }

    private Map<String, Supplier<TensorView>> read(Path path) {
        String file = String.valueOf(path.getFileName());
        MemorySegment mapping = map(path);
        if (TORCH.matcher(file).matches()) {
            return PyTorchFile.read(file, mapping);
        }
        Map<String, Supplier<TensorView>> tensors = new LinkedHashMap<>();
        SafetensorsHeader.read(file, mapping)
                .forEach((name, view) -> tensors.put(name, () -> view));
        return tensors;
    }

    private Checkpoint.Contents openShards(Path folder, String indexFile) {
        Map<String, String> fileOf = ShardIndex.read(folder.resolve(indexFile));
        Map<String, Supplier<TensorView>> tensors = new LinkedHashMap<>();
        Set<String> absent = new TreeSet<>();
        for (String file : new TreeSet<>(fileOf.values())) {
            if (!Files.exists(folder.resolve(file))) {
                absent.add(file);
                continue;
            }
            read(folder.resolve(file))
                    .forEach((name, view) -> {
                        if (!file.equals(fileOf.get(name))) {
                            throw invalid(
                                    "%s: tensor %s (expected by %s: in %s)"
                                            .formatted(file, name, indexFile, fileOf.get(name)));
                        }
                        tensors.put(name, view);
                    });
        }
        Map<String, String> missing = new HashMap<>();
        fileOf.forEach((name, file) -> {
            if (absent.contains(file)) {
                missing.put(name, file);
            } else if (!tensors.containsKey(name)) {
                throw invalid(
                        "%s: tensor %s is absent (expected by %s)"
                                .formatted(file, name, indexFile));
            }
        });
        return new Checkpoint.Contents(tensors, missing, Set.of(), null);
    }

    private Checkpoint.Contents openGguf(Path path, String file) {
        Matcher split = SPLIT.matcher(file);
        if (!split.matches()) {
            GgufFile only = GgufFile.read(file, map(path));
            if (only.metadata().count("split.count", 0, 0) > 1) {
                throw only.metadata().wrong("split.count", "files named NAME-00001-of-0000N.gguf");
            }
            return contents(only, only.tensors(), Set.of());
        }
        int count = Integer.parseInt(split.group(3));
        String first = "%s-00001-of-%05d.gguf".formatted(split.group(1), count);
        GgufFile head = GgufFile.read(first, map(path.resolveSibling(first)));
        if (head.metadata().count("split.count", 0, 0) != count) {
            throw head.metadata().wrong("split.count", count + ", as the file's name says");
        }
        Map<String, TensorView> tensors = new LinkedHashMap<>(head.tensors());
        Set<String> absent = new TreeSet<>();
        for (int i = 2; i <= count; i++) {
            String name = "%s-%05d-of-%05d.gguf".formatted(split.group(1), i, count);
            if (!Files.exists(path.resolveSibling(name))) {
                absent.add(name);
                continue;
            }
            GgufFile part = GgufFile.read(name, map(path.resolveSibling(name)));
            if (part.metadata().count("split.no", 0, -1) != i - 1) {
                throw part.metadata().wrong("split.no", (i - 1) + ", as the file's name says");
            }
            part.tensors()
                    .forEach((tensor, view) -> {
                        if (tensors.put(tensor, view) != null) {
                            throw invalid(
                                    "%s: tensor %s is in another file too".formatted(name, tensor));
                        }
                    });
        }
        return contents(head, tensors, absent);
    }

    private static Checkpoint.Contents contents(
            GgufFile head, Map<String, TensorView> tensors, Set<String> absent) {
        String architecture = head.metadata().text("general.architecture");
        Map<String, Supplier<TensorView>> named = new LinkedHashMap<>();
        tensors.forEach((name, view) -> {
            String known = GgufNames.of(architecture, name).orElse(name);
            named.put(known, () -> view);
        });
        return new Checkpoint.Contents(named, Map.of(), absent, head.metadata());
    }

    private MemorySegment map(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, path.getFileName() + ": cannot be read", e);
        }
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, message);
    }
}
