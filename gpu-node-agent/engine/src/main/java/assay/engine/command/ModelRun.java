package assay.engine.command;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.model.ModelSpec;
import assay.engine.tokenizer.Tokenizer;
import assay.engine.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** One prompt through a model that is split into stages, as agents would, in this process. */
final class ModelRun {
    private static final String TOKENIZER = "tokenizer.json";

    private final RunOptions options;

    ModelRun(RunOptions options) {
        this.options = options;
    }

    /**
     * Runs it, and writes the logits where they are wanted.
     *
     * @return one JSON object: architecture, ids, greedy (exactly as many as asked for, an end of
     *     text does not stop it) and, where the model has a tokenizer, their text up to the first
     *     end of text
     */
    String run() throws IOException {
        if (!Files.exists(options.model())) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE,
                    options.model() + ": absent (expected: a folder or file)");
        }
        try (Checkpoint checkpoint = Checkpoint.open(options.model());
                Tokenizer tokenizer = tokenizer(checkpoint)) {
            return answer(tokenizer, checkpoint);
        }
    }

    /** The model's own, or null where it has none and the prompt is ids. */
    private @Nullable Tokenizer tokenizer(Checkpoint checkpoint) {
        Optional<String> own = checkpoint.tokenizerJson();
        if (own.isPresent()) {
            return Tokenizer.of(own.get());
        }
        Path folder =
                Files.isDirectory(options.model())
                        ? options.model()
                        : options.model().resolveSibling("");
        if (Files.exists(folder.resolve(TOKENIZER))) {
            return Tokenizer.open(folder);
        }
        if (options.prompt() != null) {
            throw ModelMain.misuse(
                    "--prompt: the model has no " + TOKENIZER + " (expected: --ids)");
        }
        return null;
    }

    private String answer(@Nullable Tokenizer tokenizer, Checkpoint checkpoint) throws IOException {
        ModelSpec spec = checkpoint.spec();
        int[] ids = prompt(tokenizer, spec);
        List<float[]> logits = new ArrayList<>();
        List<Integer> greedy;
        try (LocalPipeline pipeline = LocalPipeline.load(spec, checkpoint, options, ids.length)) {
            greedy =
                    pipeline.greedy(
                            ids,
                            options.greedy(),
                            (position, row) -> {
                                if (options.logits() != null && position < ids.length) {
                                    logits.add(row);
                                }
                            });
        }
        if (options.logits() != null) {
            LogitsFile.write(options.logits(), logits);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", spec.architecture());
        json.put("ids", ids);
        json.put("greedy", greedy);
        if (tokenizer != null) {
            json.put("text", tokenizer.decode(untilEnd(greedy, spec)));
        }
        return JsonMapper.shared().writeValueAsString(json);
    }

    private int[] prompt(@Nullable Tokenizer tokenizer, ModelSpec spec) {
        int[] ids = options.ids();
        if (ids == null) {
            ids =
                    tokenizer == null
                            ? new int[0]
                            : tokenizer.prompt(String.valueOf(options.prompt()));
        }
        if (ids.length == 0 || ids.length >= spec.contextTokens()) {
            throw new EngineException(
                    ErrorCode.PROMPT_TOO_LONG,
                    "prompt: %d tokens (expected: 1..%d)"
                            .formatted(ids.length, spec.contextTokens() - 1));
        }
        for (int id : ids) {
            if (id >= spec.vocabularySize()) {
                throw ModelMain.misuse(
                        "token id: %d (expected: 0..%d)".formatted(id, spec.vocabularySize() - 1));
            }
        }
        return ids;
    }

    private static int[] untilEnd(List<Integer> ids, ModelSpec spec) {
        return ids.stream()
                .takeWhile(id -> !spec.eosIds().contains(id))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
