package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A GGUF file's vocabulary as the {@code tokenizer.json} and {@code tokenizer_config.json} that a
 * folder would have, so that one library serves both. Byte-level BPE ({@code gpt2}) is written as
 * it is; a SentencePiece vocabulary ({@code llama}) has scores, from which merges follow: the pair
 * whose joined piece scores best is merged first. Source: {@code docs/gguf.md} of ggml, {@code
 * src/llama-vocab.cpp} of llama.cpp for the patterns that words are cut by, {@code
 * convert_slow_tokenizer.py} of transformers for merges.
 */
public final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final String SPACE = "\u2581";

    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String REST =
            " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The cutting of words by name; empty for GPT-2's own, which the library has built in. */
    private static final Map<String, String> PATTERNS =
            Map.of(
                    "llama-bpe", CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}|" + REST,
                    "llama3", CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}|" + REST,
                    "qwen2", CONTRACTIONS + "|" + WORDS + "|\\p{N}|" + REST,
                    "gpt-2", "",
                    "default", "");

    private final GgufMetadata metadata;
    private final JsonMapper mapper = new JsonMapper();
    private final List<String> tokens;

    /**
     * Reads the tokens; the rest is read when asked for.
     *
     * @throws EngineException MODEL_INVALID when the file has none
     */
    public GgufTokenizer(GgufMetadata metadata) {
        this.metadata = metadata;
        this.tokens = metadata.texts(PREFIX + "tokens");
    }

    /** Whether the file has a vocabulary at all. */
    public static boolean isIn(GgufMetadata metadata) {
        return metadata.has(PREFIX + "model") && metadata.has(PREFIX + "tokens");
    }

    /**
     * The tokenizer as {@code tokenizer.json}.
     *
     * @throws EngineException MODEL_UNSUPPORTED names a kind of vocabulary or of cutting words that
     *     is not known, MODEL_INVALID what contradicts itself
     */
    public String tokenizerJson() {
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        addedTokens(root.putArray("added_tokens"));
        switch (metadata.text(PREFIX + "model")) {
            case "gpt2" -> {
                byteLevel(root);
                // What llama.cpp takes where the file says nothing: of these only Llama 3 begins.
                around(root, metadata.text(PREFIX + "pre", "default").startsWith("llama"));
            }
            case "llama" -> {
                sentencePiece(root);
                around(root, true);
            }
            default -> throw metadata.unsupported(PREFIX + "model");
        }
        return mapper.writeValueAsString(root);
    }

    /** Special tokens by role, and the chat template, as {@code tokenizer_config.json}. */
    public String configJson() {
        ObjectNode root = mapper.createObjectNode();
        token("bos_token_id").ifPresent(token -> root.put("bos_token", token));
        token("eos_token_id").ifPresent(token -> root.put("eos_token", token));
        if (metadata.has("tokenizer.chat_template")) {
            root.put("chat_template", metadata.text("tokenizer.chat_template"));
        }
        return mapper.writeValueAsString(root);
    }

    private Optional<String> token(String key) {
        return metadata.has(PREFIX + key) ? Optional.of(tokens.get(id(key))) : Optional.empty();
    }

    private int id(String key) {
        int id = metadata.count(PREFIX + key, 0);
        if (id >= tokens.size()) {
            throw metadata.wrong(PREFIX + key, "below " + tokens.size());
        }
        return id;
    }

    /** What goes before and behind a prompt. */
    private void around(ObjectNode root, boolean beginsOtherwise) {
        ObjectNode added = root.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = added.putArray("single");
        ArrayNode pair = added.putArray("pair");
        ObjectNode special = added.putObject("special_tokens");
        boolean named = metadata.has(PREFIX + "bos_token_id");
        if (metadata.flag(PREFIX + "add_bos_token", beginsOtherwise && named)) {
            special(single, special, id("bos_token_id"));
        }
        sequence(single, "A");
        sequence(pair, "A");
        sequence(pair, "B");
        if (metadata.flag(PREFIX + "add_eos_token", false)) {
            special(single, special, id("eos_token_id"));
        }
    }

    private static void sequence(ArrayNode pieces, String name) {
        pieces.addObject().putObject("Sequence").put("id", name).put("type_id", 0);
    }

    private void special(ArrayNode pieces, ObjectNode special, int id) {
        String token = tokens.get(id);
        pieces.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        ObjectNode one = special.putObject(token).put("id", token);
        one.putArray("ids").add(id);
        one.putArray("tokens").add(token);
    }

    private void addedTokens(ArrayNode added) {
        String key = PREFIX + "token_type";
        int[] types = metadata.has(key) ? metadata.ints(key) : new int[tokens.size()];
        if (types.length != tokens.size()) {
            throw metadata.wrong(key, tokens.size() + " of them");
        }
        for (int id = 0; id < types.length; id++) {
            if (types[id] == CONTROL || types[id] == USER_DEFINED) {
                ObjectNode token = added.addObject().put("id", id).put("content", tokens.get(id));
                token.put("single_word", false).put("lstrip", false).put("rstrip", false);
                token.put("normalized", false).put("special", types[id] == CONTROL);
            }
        }
    }

    private Map<String, Integer> vocabulary() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (ids.put(tokens.get(id), id) != null) {
                throw new EngineException(
                        ErrorCode.MODEL_INVALID,
                        "%s: %stokens has token %d twice".formatted(metadata.file(), PREFIX, id));
            }
        }
        return ids;
    }

    private ObjectNode bpe(ObjectNode root, Map<String, Integer> ids) {
        ObjectNode model = root.putObject("model").put("type", "BPE").putNull("dropout");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        return model;
    }

    private void byteLevel(ObjectNode root) {
        String pre = metadata.text(PREFIX + "pre", "default");
        String pattern = PATTERNS.get(pre);
        if (pattern == null) {
            throw metadata.unsupported(PREFIX + "pre");
        }
        if (pre.equals("qwen2")) {
            root.putObject("normalizer").put("type", "NFC");
        }
        ObjectNode cut = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = cut.putArray("pretokenizers");
        if (!pattern.isEmpty()) {
            ObjectNode split = steps.addObject().put("type", "Split");
            split.putObject("pattern").put("Regex", pattern);
            split.put("behavior", "Isolated").put("invert", false);
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", pattern.isEmpty());
        root.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", false);
        ObjectNode model = bpe(root, vocabulary()).putNull("unk_token");
        model.put("fuse_unk", false).put("byte_fallback", false);
        model.put("ignore_merges", pre.startsWith("llama"));
        ArrayNode merges = model.putArray("merges");
        metadata.texts(PREFIX + "merges").forEach(merges::add);
    }

    private void sentencePiece(ObjectNode root) {
        boolean prefixed = metadata.flag(PREFIX + "add_space_prefix", true);
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (prefixed) {
            normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        replace(normalizers.addObject(), " ", SPACE);
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefixed) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        Map<String, Integer> ids = vocabulary();
        ObjectNode model = bpe(root, ids);
        model.put("unk_token", token("unknown_token_id").orElse(tokens.getFirst()));
        model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
        ArrayNode merges = model.putArray("merges");
        for (Merge merge : merges(ids)) {
            merges.addArray().add(merge.left()).add(merge.right());
        }
    }

    private static void replace(ObjectNode step, String from, String to) {
        step.put("type", "Replace").put("content", to).putObject("pattern").put("String", from);
    }

    private record Merge(String left, String right, int leftId, int rightId, float score) {}

    /** Best score first; among equals the pieces that come first in the vocabulary. */
    private List<Merge> merges(Map<String, Integer> ids) {
        float[] scores = metadata.floats(PREFIX + "scores");
        if (scores.length != tokens.size()) {
            throw metadata.wrong(PREFIX + "scores", tokens.size() + " of them");
        }
        Map<String, Integer> pieces = new HashMap<>(ids);
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < scores.length; id++) {
            String token = tokens.get(id);
            for (int cut = 1; cut < token.length(); cut++) {
                Integer left = pieces.get(token.substring(0, cut));
                Integer right = left == null ? null : pieces.get(token.substring(cut));
                if (right != null) {
                    merges.add(
                            new Merge(
                                    token.substring(0, cut),
                                    token.substring(cut),
                                    Objects.requireNonNull(left),
                                    right,
                                    scores[id]));
                }
            }
        }
        merges.sort(
                Comparator.comparingDouble((Merge merge) -> -merge.score())
                        .thenComparingInt(Merge::leftId)
                        .thenComparingInt(Merge::rightId));
        return merges;
    }
}
