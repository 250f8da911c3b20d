package assay.engine.command;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a model folder or file holds, and whether this engine computes it. */
final class ModelCheck {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final List<String> unsupported = new ArrayList<>();

    private ModelCheck() {}

    /** Prints the findings; exit code 1 when something is unsupported or damaged. */
    static int run(List<String> args, PrintStream out) throws IOException {
        boolean json = args.contains("--json");
        List<String> paths = args.stream().filter(arg -> !arg.equals("--json")).toList();
        if (paths.size() != 1 || paths.getFirst().startsWith("--")) {
            throw ModelMain.misuse("check: " + paths + " (expected: one folder or file, --json)");
        }
        ModelCheck check = new ModelCheck();
        check.look(Path.of(paths.getFirst()));
        if (json) {
            out.println(JSON.writeValueAsString(check.facts));
        } else {
            check.facts.forEach((name, value) -> print(out, name, value));
        }
        return check.unsupported.isEmpty() ? 0 : 1;
    }

    private void look(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, path + ": absent (expected: a folder or file)");
        }
        try {
            if (Files.exists(path.resolve("config.json"))) {
                describe(ModelSpec.read(path)); // says what is unsupported without any weights
            }
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                ModelSpec spec = checkpoint.spec();
                describe(spec);
                weigh(spec, checkpoint);
            }
        } catch (EngineException e) {
            unsupported.add(e.getMessage());
        }
        facts.put("supported", unsupported.isEmpty());
        facts.put("unsupported", unsupported);
        facts.put("files", files(path));
    }

    private void describe(ModelSpec spec) {
        LayerSpec first = spec.layer(0);
        facts.put("architecture", spec.architecture());
        facts.put("layers", spec.layerCount());
        facts.put("hidden_size", spec.hiddenSize());
        facts.put("vocabulary_size", spec.vocabularySize());
        facts.put("context_length", spec.contextTokens());
        facts.put("attention", attention(first.attention()));
        facts.put(
                "rope", spec.rope().getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
        spec.layers().stream()
                .map(LayerSpec::feedForward)
                .filter(FeedForwardSpec.Experts.class::isInstance)
                .map(FeedForwardSpec.Experts.class::cast)
                .findFirst()
                .ifPresent(experts ->
                        facts.put(
                                "experts",
                                "%d of %d for each token"
                                        .formatted(experts.perToken(), experts.count())));
        facts.put("tied_embeddings", spec.tiedEmbeddings());
    }

    private static String attention(AttentionSpec attention) {
        return switch (attention) {
            case AttentionSpec.GroupedQuery grouped ->
                    "%d heads over %d of %d elements%s"
                            .formatted(
                                    grouped.heads(),
                                    grouped.kvHeads(),
                                    grouped.headDim(),
                                    grouped.window() == 0 ? "" : ", window of " + grouped.window());
            case AttentionSpec.Latent latent ->
                    "%d heads over a latent of %d and %d turned elements"
                            .formatted(latent.heads(), latent.latentRank(), latent.turnedDim());
        };
    }

    private void weigh(ModelSpec spec, Checkpoint checkpoint) {
        ModelLayout layout = ModelLayout.of(spec, checkpoint);
        facts.put("parameters", ModelLayout.parameters(spec));
        facts.put("embedding_bytes", layout.embeddingBytes());
        facts.put("layer_bytes", layout.layerBytes());
        facts.put("head_bytes", layout.headBytes());
        facts.put("kv_bytes_per_token_per_layer", layout.kvBytesPerTokenPerLayer());
    }

    /** One file of the model. */
    record FileFacts(String name, long bytes, String sha256) {
        @Override
        public String toString() {
            return "%s  %12d  %s".formatted(sha256, bytes, name);
        }
    }

    private static List<FileFacts> files(Path path) throws IOException {
        List<Path> all;
        if (Files.isDirectory(path)) {
            try (Stream<Path> entries = Files.list(path)) {
                all = entries.filter(Files::isRegularFile).sorted().toList();
            }
        } else {
            all = List.of(path);
        }
        List<FileFacts> files = new ArrayList<>();
        for (Path file : all) {
            String name = String.valueOf(file.getFileName());
            files.add(new FileFacts(name, Files.size(file), sha256(file)));
        }
        return files;
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            while (in.read(buffer) >= 0) {
                // the digest sees what is read
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void print(PrintStream out, String name, Object value) {
        if (value instanceof List<?> list && !list.isEmpty()) {
            out.println(name + ":");
            for (Object item : list) {
                out.println("  " + item);
            }
        } else {
            out.println(name + ": " + (value instanceof List<?> ? "none" : value));
        }
    }
}
