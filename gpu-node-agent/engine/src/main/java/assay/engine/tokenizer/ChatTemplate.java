package assay.engine.tokenizer;

import assay.engine.EngineException;
import assay.engine.tokenizer.jinja.Template;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Turns a chat into the prompt that a model was trained on, by the template in its files. Immutable
 * and thread-safe. Source: {@code apply_chat_template} of transformers, for the names of files and
 * variables.
 */
public final class ChatTemplate {
    private static final String FILE = "chat_template.jinja";
    private static final String DEFAULT = "default";
    private static final String WITH_TOOLS = "tool_use";

    private final Map<String, Template> templates;
    private final Map<String, String> specialTokens;

    private ChatTemplate(Map<String, Template> templates, Map<String, String> specialTokens) {
        this.templates = templates;
        this.specialTokens = specialTokens;
    }

    /**
     * The template of a model folder: {@code chat_template.jinja}, else {@code chat_template} of
     * {@code tokenizer_config.json}; empty where it has none.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED says what is wrong with it
     */
    public static Optional<ChatTemplate> open(Path folder) {
        TokenizerConfig config = TokenizerConfig.open(folder);
        Optional<String> file =
                TokenizerConfig.read(folder.resolve(FILE), 4L * Template.CHARACTERS_MAX);
        return file.isPresent()
                ? Optional.of(
                        new ChatTemplate(
                                Map.of(DEFAULT, Template.parse(file.get())),
                                config.specialTokens()))
                : of(config);
    }

    /** From the text of a {@code tokenizer_config.json}. */
    public static Optional<ChatTemplate> of(String tokenizerConfig) {
        return of(TokenizerConfig.of(tokenizerConfig));
    }

    private static Optional<ChatTemplate> of(TokenizerConfig config) {
        JsonNode given = config.root().path("chat_template");
        Map<String, Template> templates = new LinkedHashMap<>();
        if (given.isString()) {
            templates.put(DEFAULT, Template.parse(given.stringValue()));
        }
        for (JsonNode one : given.isArray() ? given : List.<JsonNode>of()) {
            if (!one.path("name").isString() || !one.path("template").isString()) {
                throw TokenizerConfig.invalid(
                        "chat_template holds no name and template (expected: both)");
            }
            templates.put(
                    one.path("name").stringValue(),
                    Template.parse(one.path("template").stringValue()));
        }
        return templates.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChatTemplate(templates, config.specialTokens()));
    }

    /**
     * The prompt of a chat. It holds its special tokens as text, the one that begins it too where
     * the template writes it.
     *
     * @param messages each with {@code role} and {@code content}, and what else the template reads
     * @param tools descriptions of functions as JSON would have them; may be empty
     * @param addGenerationPrompt ends with the beginning of an answer
     * @param options further variables, for example {@code enable_thinking}
     * @param clock for templates that tell the date
     * @throws EngineException REQUEST_INVALID when the template refuses the chat, MODEL_INVALID
     *     when it fails, takes too long or makes too much
     */
    public String render(
            List<Map<String, Object>> messages,
            List<Map<String, Object>> tools,
            boolean addGenerationPrompt,
            Map<String, Object> options,
            InstantSource clock) {
        Map<String, Object> variables = new LinkedHashMap<>(specialTokens);
        variables.putAll(options);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", addGenerationPrompt);
        if (!tools.isEmpty()) {
            variables.put("tools", tools);
        }
        String wanted =
                !tools.isEmpty() && templates.containsKey(WITH_TOOLS) ? WITH_TOOLS : DEFAULT;
        Template template = templates.get(wanted);
        if (template == null) {
            throw TokenizerConfig.invalid(
                    "chat_template has %s (expected: one named default)"
                            .formatted(templates.keySet()));
        }
        return template.render(variables, clock);
    }
}
