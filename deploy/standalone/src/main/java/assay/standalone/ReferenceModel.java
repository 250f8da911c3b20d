package assay.standalone;

import assay.engine.EngineException;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.WeightType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The model that comes with Assay: its files go into the store under their checksums, and a
 * manifest says what they are. Confined to the main thread.
 */
final class ReferenceModel {
    static final String NAME = "assay-reference";
    static final String VERSION = "1";

    /**
     * What a node needs to run it; the evaluation sets and golden values beside stay where they
     * are.
     */
    private static final List<String> FILES =
            List.of(
                    "config.json",
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "model.safetensors.index.json",
                    "model-00001-of-00002.safetensors",
                    "model-00002-of-00002.safetensors");

    private final Path source;
    private final Path store;

    /**
     * @param source the model's folder, with {@code SHA256SUMS}
     * @param store files lie in it as {@code <first two hex>/<sha256>}
     */
    ReferenceModel(Path source, Path store) {
        this.source = source;
        this.store = store;
    }

    /** One file of a version. */
    private record StoredFile(String name, String sha256, long bytes) {
        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", name);
            json.put("sha256", sha256);
            json.put("bytes", bytes);
            return json;
        }
    }

    /**
     * Checks every file against its checksum, copies what the store lacks, and writes the manifest.
     *
     * @param nodeCount how many nodes there are to split the layers over
     * @throws StandaloneException with {@code MODEL}
     */
    void store(int nodeCount, String weights, Path manifest) throws IOException {
        Map<String, String> checksums = readChecksums();
        List<StoredFile> files = new ArrayList<>();
        for (String name : FILES) {
            String sha256 = checksums.get(name);
            if (sha256 == null) {
                throw broken(name + " has no line in SHA256SUMS", null);
            }
            files.add(new StoredFile(name, sha256, copy(name, sha256)));
        }
        String json = JsonMapper.shared().writeValueAsString(describe(nodeCount, weights, files));
        DataFolder.writePrivate(manifest, json + "\n");
    }

    private Map<String, String> readChecksums() {
        Map<String, String> checksums = new HashMap<>();
        try {
            for (String line : Files.readAllLines(source.resolve("SHA256SUMS"))) {
                String[] fields = line.split("\\s+", 2);
                if (fields.length == 2) {
                    checksums.put(fields[1], fields[0]);
                }
            }
        } catch (IOException e) {
            throw broken(DataFolder.reason(e), e);
        }
        return checksums;
    }

    /** Returns the file's size. A file in the store was checked when it came there. */
    private long copy(String name, String sha256) throws IOException {
        Path group = store.resolve(sha256.substring(0, 2));
        Path target = group.resolve(sha256);
        if (Files.exists(target)) {
            return Files.size(target);
        }
        DataFolder.makePrivate(group);
        Path part = target.resolveSibling(sha256 + ".part");
        String actual = copyAndDigest(source.resolve(name), part);
        if (!actual.equals(sha256)) {
            Files.delete(part);
            throw broken(name + " has the SHA-256 " + actual + " (expected: " + sha256 + ")", null);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        return Files.size(target);
    }

    private static String copyAndDigest(Path from, Path to) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(from), digest);
                    OutputStream out = Files.newOutputStream(to)) {
                in.transferTo(out);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private Map<String, Object> describe(int nodeCount, String weights, List<StoredFile> files) {
        try (Checkpoint checkpoint = Checkpoint.open(source)) {
            ModelSpec spec = checkpoint.spec();
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("model", NAME);
            json.put("version", VERSION);
            json.put("architecture", spec.architecture());
            json.put("context_length", spec.contextTokens());
            json.put("vocabulary_size", spec.vocabularySize());
            json.put("hidden_size", spec.hiddenSize());
            json.put("layout", layout(spec, checkpoint));
            json.put("files", files.stream().map(StoredFile::json).toList());
            json.put("default", true);
            Map<String, Object> deployment = new LinkedHashMap<>();
            deployment.put("name", NAME);
            deployment.put("replicas", 1);
            deployment.put("stages", Math.min(nodeCount, spec.layerCount()));
            deployment.put("weights", weights);
            json.put("deployment", deployment);
            return json;
        } catch (EngineException e) {
            throw broken(String.valueOf(e.getMessage()), e);
        }
    }

    private static Map<String, Object> layout(ModelSpec spec, Checkpoint checkpoint) {
        ModelLayout layout = ModelLayout.of(spec, checkpoint);
        Map<String, Object> json = sizes(layout);
        Map<String, Object> quantized = new LinkedHashMap<>();
        quantized.put("int8", sizes(ModelLayout.of(spec, checkpoint, WeightType.INT8)));
        quantized.put("int4", sizes(ModelLayout.of(spec, checkpoint, WeightType.INT4)));
        json.put("quantized", quantized);
        json.put("tied_embeddings", layout.tiedEmbeddings());
        json.put("kv_bytes_per_token_per_layer", layout.kvBytesPerTokenPerLayer());
        json.put("hidden_size", spec.hiddenSize());
        return json;
    }

    private static Map<String, Object> sizes(ModelLayout layout) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("embedding_bytes", layout.embeddingBytes());
        json.put("layer_bytes", layout.layerBytes());
        json.put("head_bytes", layout.headBytes());
        return json;
    }

    private StandaloneException broken(
            String why, @org.jspecify.annotations.Nullable Exception cause) {
        return new StandaloneException(
                ErrorCode.MODEL,
                "the reference model in " + source + " can not be used: " + why,
                cause == null ? new IOException(why) : cause);
    }
}
