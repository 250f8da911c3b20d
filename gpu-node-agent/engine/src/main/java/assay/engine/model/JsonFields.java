package assay.engine.model;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object of a model folder, read field by field with errors that name file and field. */
final class JsonFields {
    private static final long FILE_BYTES_MAX = 16L << 20;
    static final String LAYER_COUNT = "num_hidden_layers";
    static final int WIDTH_MAX = 1 << 26;
    private static final int LAYER_COUNT_MAX = 1 << 14;
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final String file;
    private final JsonNode node;

    private JsonFields(String file, JsonNode node) {
        this.file = file;
        this.node = node;
    }

    static JsonFields read(Path path) {
        String file = String.valueOf(path.getFileName());
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                throw invalid("%s: above %d bytes".formatted(file, FILE_BYTES_MAX));
            }
            JsonNode node = MAPPER.readTree(Files.readString(path));
            if (!node.isObject()) {
                throw invalid(file + ": no JSON object");
            }
            return new JsonFields(file, node);
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, file + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, file + ": cannot be read", e);
        }
    }

    Set<String> names() {
        return new TreeSet<>(node.propertyNames());
    }

    /** False for a field that is absent or null. */
    boolean has(String name) {
        return node.hasNonNull(name);
    }

    /**
     * False for a field that is absent, null, false, or an empty list or object: it says nothing.
     */
    boolean says(String name) {
        JsonNode value = node.path(name);
        boolean empty = value.isContainer() && value.isEmpty();
        return has(name) && !empty && !(value.isBoolean() && !value.booleanValue());
    }

    Optional<JsonFields> object(String name) {
        return has(name) && node.get(name).isObject()
                ? Optional.of(new JsonFields(file + " " + name, node.get(name)))
                : Optional.empty();
    }

    String text(String name) {
        JsonNode value = node.path(name);
        if (!value.isString()) {
            throw wrong(name, "a text");
        }
        return value.stringValue();
    }

    boolean isAbsent(String name) {
        return !node.has(name);
    }

    /** True for a field that is there and null. */
    boolean isNull(String name) {
        return node.has(name) && node.get(name).isNull();
    }

    /** Null is false, as Python takes it. */
    boolean flag(String name, boolean otherwise) {
        if (!node.has(name)) {
            return otherwise;
        }
        if (isNull(name)) {
            return false;
        }
        if (!node.get(name).isBoolean()) {
            throw wrong(name, "true or false");
        }
        return node.get(name).booleanValue();
    }

    /** At least 1. */
    int count(String name) {
        return whole(name, 1);
    }

    /** At least 1; {@code otherwise} for an absent field, not for null. */
    int count(String name, int otherwise) {
        return node.has(name) ? count(name) : otherwise;
    }

    /** At least 0; {@code otherwise} for an absent field, not for null. */
    int natural(String name, int otherwise) {
        return node.has(name) ? whole(name, 0) : otherwise;
    }

    /** The number of layers; bounded, since each takes memory before any weight is seen. */
    int layerCount() {
        return atMost(LAYER_COUNT, LAYER_COUNT_MAX);
    }

    /** Elements of a row; bounded, so that no product of two sizes overflows. */
    int width(String name) {
        return atMost(name, WIDTH_MAX);
    }

    private int atMost(String name, int most) {
        int value = count(name);
        if (value > most) {
            throw wrong(name, "at most " + most);
        }
        return value;
    }

    private int whole(String name, int least) {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            throw wrong(name, "a whole number, at least " + least);
        }
        return value.intValue();
    }

    double positive(String name) {
        double number = number(name);
        if (!(number > 0)) {
            throw wrong(name, "a number above 0");
        }
        return number;
    }

    /** Above 0; {@code otherwise} for an absent field, not for null. */
    double positive(String name, double otherwise) {
        return node.has(name) ? positive(name) : otherwise;
    }

    /** At least 0; {@code otherwise} for a field that is absent, null or 0. */
    double nonZero(String name, double otherwise) {
        double number = has(name) ? number(name) : 0;
        return number == 0 ? otherwise : number;
    }

    private double number(String name) {
        JsonNode value = node.path(name);
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!(number >= 0) || Double.isInfinite(number)) {
            throw wrong(name, "a number, at least 0");
        }
        return number;
    }

    /** An id or a list of ids; empty when absent. */
    Set<Integer> ids(String name) {
        Set<Integer> ids = new TreeSet<>();
        if (!has(name)) {
            return ids;
        }
        Iterable<JsonNode> values =
                node.get(name).isArray() ? node.get(name) : Set.of(node.get(name));
        for (JsonNode value : values) {
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
                throw wrong(name, "an id or a list of ids");
            }
            ids.add(value.intValue());
        }
        return ids;
    }

    /** The strings of a list, in order; empty when absent. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode value : node.path(name)) {
            texts.add(value.asString(""));
        }
        return texts;
    }

    /** The whole numbers of a list, in order; empty when absent. */
    List<Integer> wholeNumbers(String name) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode value : node.path(name)) {
            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                throw wrong(name, "whole numbers");
            }
            numbers.add(value.intValue());
        }
        return numbers;
    }

    EngineException unsupported(String name) {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "%s: %s is %s, which this engine does not compute"
                        .formatted(file, name, shown(name)));
    }

    EngineException wrong(String name, String expected) {
        return invalid("%s: %s is %s (expected: %s)".formatted(file, name, shown(name), expected));
    }

    private String shown(String name) {
        String value = node.path(name).isMissingNode() ? "absent" : node.path(name).toString();
        return value.length() <= 80 ? value : value.substring(0, 80) + "...";
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, message);
    }
}
