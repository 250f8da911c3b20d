package assay.agent.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.encoder.JsonEscapeUtil;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * One line of JSON for each event, with the fields of the Elastic Common Schema that the platform's
 * other programs write too. Marks of the thread and key-value pairs whose names have dots become
 * objects within objects. Stateless once started; thread-safe.
 *
 * <p>Source: Elastic Common Schema 8.11.
 */
final class EcsEncoder extends EncoderBase<ILoggingEvent> {
    /** What one line may take of a message and of a stack trace. */
    private static final int MOST_CHARS = 32_768;

    private static final byte[] NOTHING = {};

    private final String service;
    private final String node;

    EcsEncoder(String service, String node) {
        this.service = service;
        this.node = node;
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        // What is put first wins: marks can not stand in for the fields that everybody relies on.
        put(fields, "@timestamp", event.getInstant().toString());
        put(fields, "log.level", event.getLevel().toString());
        put(fields, "log.logger", event.getLoggerName());
        put(fields, "process.pid", ProcessHandle.current().pid());
        put(fields, "process.thread.name", event.getThreadName());
        put(fields, "service.name", service);
        put(fields, "service.node.name", node);
        put(fields, "message", cut(event.getFormattedMessage()));
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            put(fields, "error.type", thrown.getClassName());
            put(fields, "error.message", cut(thrown.getMessage()));
            put(fields, "error.stack_trace", cut(ThrowableProxyUtil.asString(thrown)));
        }
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> put(fields, pair.key, pair.value));
        }
        event.getMDCPropertyMap().forEach((name, value) -> put(fields, name, value));
        put(fields, "ecs.version", "8.11");
        var line = new StringBuilder(512);
        write(line, fields);
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS);
    }

    /** Where a part of the path is taken by a value, the field stands under its whole name. */
    @SuppressWarnings("unchecked") // only maps of this shape are put
    private static void put(Map<String, Object> fields, String path, @Nullable Object value) {
        if (value == null) {
            return;
        }
        Map<String, Object> place = fields;
        String[] parts = path.split("\\.", -1);
        for (int i = 0; i < parts.length - 1; i++) {
            Object inside = place.computeIfAbsent(parts[i], _ -> new LinkedHashMap<>());
            if (!(inside instanceof Map)) {
                fields.putIfAbsent(path, value);
                return;
            }
            place = (Map<String, Object>) inside;
        }
        place.putIfAbsent(parts[parts.length - 1], value);
    }

    private static void write(StringBuilder line, Object value) {
        switch (value) {
            case Map<?, ?> fields -> {
                line.append('{');
                String comma = "";
                for (var field : fields.entrySet()) {
                    line.append(comma);
                    quote(line, String.valueOf(field.getKey()));
                    line.append(':');
                    write(line, field.getValue());
                    comma = ",";
                }
                line.append('}');
            }
            case Integer number -> line.append(number.intValue());
            case Long number -> line.append(number.longValue());
            case Boolean truth -> line.append(truth.booleanValue());
            default -> quote(line, value.toString());
        }
    }

    private static void quote(StringBuilder line, String text) {
        line.append('"').append(JsonEscapeUtil.jsonEscapeString(text)).append('"');
    }
}
