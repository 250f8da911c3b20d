package assay.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Templates in the styles of published models; outputs are those of Jinja 3 in Python. */
@SuppressWarnings("StringConcatToTextBlock") // the newlines are what is tested
class ChatTemplateTest {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2024-07-26T12:00:00Z"));

    private static final String LLAMA =
            """
            {{- bos_token }}
            {%- if not date_string is defined %}
                {%- set date_string = strftime_now("%d %b %Y") %}
            {%- endif %}
            {%- if messages[0]['role'] == 'system' %}
                {%- set system_message = messages[0]['content']|trim %}
                {%- set messages = messages[1:] %}
            {%- else %}
                {%- set system_message = "" %}
            {%- endif %}
            {{- "<|system|>\\n\\nToday: " + date_string + "\\n\\n" + system_message + "<|eot|>" }}
            {%- for message in messages %}
                {{- '<|' + message['role'] + '|>\\n\\n' + message['content'] | trim + '<|eot|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|assistant|>\\n\\n' }}
            {%- endif %}
            """;

    private static final String QWEN =
            """
            {%- if tools %}
                {{- '<|im_start|>system\\n# Tools' }}
                {%- for tool in tools %}
                    {{- "\\n" }}
                    {{- tool | tojson }}
                {%- endfor %}
                {{- "<|im_end|>\\n" }}
            {%- endif %}
            {%- set ns = namespace(open=true, last=messages|length - 1) %}
            {%- for message in messages[::-1] %}
                {%- set index = (messages|length - 1) - loop.index0 %}
                {%- if ns.open and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>')) %}
                    {%- set ns.open = false %}
                    {%- set ns.last = index %}
                {%- endif %}
            {%- endfor %}
            {%- for message in messages %}
                {%- set content = message.content if message.content is string else '' %}
                {%- if message.role == "assistant" %}
                    {%- set thought = '' %}
                    {%- if '</think>' in content %}
                        {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                        {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
                    {%- endif %}
                    {{- '<|im_start|>assistant\\n' }}
                    {%- if loop.index0 > ns.last and thought %}
                        {{- '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' }}
                    {%- endif %}
                    {{- content }}
                    {%- for call in message.tool_calls or [] %}
                        {{- '<tool_call>\\n{"name": "' ~ call.function.name ~ '", "arguments": ' ~ (call.function.arguments | tojson) ~ '}\\n</tool_call>' }}
                    {%- endfor %}
                    {{- '<|im_end|>\\n' }}
                {%- else %}
                    {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|im_start|>assistant\\n' }}
                {%- if enable_thinking is defined and enable_thinking is false %}
                    {{- '<think>\\n\\n</think>\\n\\n' }}
                {%- endif %}
            {%- endif %}
            """;

    private static final String MISTRAL =
            """
            {{ bos_token }}
            {%- for message in messages %}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
            {{ raise_exception('roles must alternate') }}
            {%- endif %}
            {%- if message['role'] == 'user' %}
            {{- ' [INST] ' + message['content'] + ' [/INST]' }}
            {%- else %}
            {{- ' ' + message['content'] + eos_token }}
            {%- endif %}
            {%- endfor %}
            """;

    private static final String DEEPSEEK =
            "{% set ns = namespace(system='') %}{%- for m in messages %}{%- if m['role'] =="
                + " 'system' %}{% set ns.system = ns.system + m['content'] %}{%- endif %}{%- endfor"
                + " %}{{ bos_token }}{{ ns.system }}{%- for m in messages %}{%- if m['role'] =="
                + " 'user' %}{{'<|User|>' + m['content']}}{%- endif %}{%- if m['role'] =="
                + " 'assistant' and 'tool_calls' not in m %}{% set content = m['content'] %}{% if"
                + " '</think>' in content %}{% set content = content.split('</think>')[-1] %}{%"
                + " endif %}{{'<|Assistant|>' + content + eos_token}}{%- endif %}{%- endfor -%}{%"
                + " if add_generation_prompt %}{{'<|Assistant|><think>\\n'}}{% endif %}";

    private static Map<String, Object> says(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    private static final List<Map<String, Object>> CHAT =
            List.of(
                    says("system", "Be brief. "),
                    says("user", "Hi"),
                    says("assistant", "<think>\nhm\n</think>\n\nHello"),
                    says("user", "Bye <b>"));

    private static ChatTemplate of(String template) {
        Map<String, Object> config =
                Map.of(
                        "bos_token",
                        "<s>",
                        "eos_token",
                        Map.of("content", "</s>"),
                        "chat_template",
                        template);
        return ChatTemplate.of(new JsonMapper().writeValueAsString(config)).orElseThrow();
    }

    private static String render(String template, List<Map<String, Object>> messages) {
        return of(template).render(messages, List.of(), true, Map.of(), CLOCK);
    }

    @Test
    void llamaStyle() {
        assertThat(render(LLAMA, CHAT))
                .isEqualTo(
                        "<s><|system|>\n\nToday: 26 Jul 2024\n\nBe brief.<|eot|>"
                                + "<|user|>\n\nHi<|eot|>"
                                + "<|assistant|>\n\n<think>\nhm\n</think>\n\nHello<|eot|>"
                                + "<|user|>\n\nBye <b><|eot|><|assistant|>\n\n");
    }

    @Test
    void qwenStyleWithToolsAndThoughts() {
        Map<String, Object> tool =
                Map.of("type", "function", "function", Map.of("name", "weather"));
        Map<String, Object> call =
                Map.of("function", Map.of("name", "weather", "arguments", Map.of("city", "Röm")));
        List<Map<String, Object>> chat =
                List.of(
                        says("user", "Weather?"),
                        Map.of(
                                "role",
                                "assistant",
                                "content",
                                "<think>\nask\n</think>\n\n",
                                "tool_calls",
                                List.of(call)),
                        says("tool", "22"));
        String prompt = of(QWEN).render(chat, List.of(tool), true, Map.of(), CLOCK);
        assertThat(prompt)
                .startsWith("<|im_start|>system\n# Tools\n{\"")
                .contains("\"function\": {\"name\": \"weather\"}")
                .endsWith(
                        "<|im_end|>\n<|im_start|>user\nWeather?<|im_end|>\n"
                                + "<|im_start|>assistant\n<think>\nask\n</think>\n\n<tool_call>\n"
                                + "{\"name\": \"weather\", \"arguments\": {\"city\": \"Röm\"}}\n"
                                + "</tool_call><|im_end|>\n<|im_start|>tool\n22<|im_end|>\n"
                                + "<|im_start|>assistant\n");
        assertThat(
                        of(QWEN).render(
                                        CHAT.subList(1, 4),
                                        List.of(),
                                        true,
                                        Map.of("enable_thinking", false),
                                        CLOCK))
                .isEqualTo(
                        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n"
                                + "<|im_start|>user\nBye <b><|im_end|>\n<|im_start|>assistant\n"
                                + "<think>\n\n</think>\n\n");
    }

    @Test
    void mistralStyle() {
        assertThat(render(MISTRAL, List.of(says("user", "Hi"), says("assistant", "Yo"))))
                .isEqualTo("<s> [INST] Hi [/INST] Yo</s>");
        assertThatThrownBy(() -> render(MISTRAL, List.of(says("assistant", "Yo"))))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_INVALID))
                .hasMessageContaining("roles must alternate");
    }

    @Test
    void deepseekStyle() {
        assertThat(render(DEEPSEEK, CHAT))
                .isEqualTo(
                        "<s>Be brief. <|User|>Hi<|Assistant|>\n\nHello</s>"
                                + "<|User|>Bye <b><|Assistant|><think>\n");
    }

    @Test
    void aFileOfItsOwnGoesBeforeTheConfig(@TempDir Path folder) throws IOException {
        assertThat(ChatTemplate.open(folder)).isEmpty();
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                """
                {"bos_token":"<s>","chat_template":[{"name":"default","template":"d{{ bos_token }}"},
                 {"name":"tool_use","template":"t"}]}\
                """);
        ChatTemplate named = ChatTemplate.open(folder).orElseThrow();
        List<Map<String, Object>> tools = List.of(Map.of("name", "a"));
        assertThat(named.render(CHAT, List.of(), true, Map.of(), CLOCK)).isEqualTo("d<s>");
        assertThat(named.render(CHAT, tools, true, Map.of(), CLOCK)).isEqualTo("t");
        Files.writeString(folder.resolve("chat_template.jinja"), "file{{ bos_token }}\n");
        assertThat(
                        ChatTemplate.open(folder)
                                .orElseThrow()
                                .render(CHAT, tools, true, Map.of(), CLOCK))
                .isEqualTo("file<s>");
    }

    @Test
    void whatIsNotKnownIsRefusedWhenItIsRead() {
        assertThatThrownBy(() -> of("{% include 'x' %}")).hasMessageContaining("tag include");
        assertThatThrownBy(() -> of("{{ x | xmlattr }}")).hasMessageContaining("filter xmlattr");
        assertThatThrownBy(() -> of("{{ x is callabel }}")).hasMessageContaining("test callabel");
        assertThatThrownBy(() -> of("{% if x %}")).hasMessageContaining("endif");
        assertThatThrownBy(() -> of("a\n{{ x }")).hasMessageContaining("line 2");
    }

    @Test
    void nothingOfJavaIsInReachAndWorkIsBounded() {
        assertThatThrownBy(() -> render("{{ ''.getClass() }}", CHAT))
                .hasMessageContaining("no method getClass");
        assertThat(render("{{ messages.class }}{{ messages[0].__class__ }}", CHAT)).isEmpty();
        for (String endless :
                List.of(
                        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor"
                            + " %}",
                        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                        "{{ 'x' * 999999999 }}",
                        "{% set ns = namespace(s='xx') %}{% for a in range(99) %}"
                                + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}")) {
            assertThatThrownBy(() -> render(endless, CHAT))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
        }
    }
}
