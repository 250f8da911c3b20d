package assay.web.identity.scim;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * A condition on a resource. Source: RFC 7644, section 3.4.2.2. Immutable; {@link FilterParser}
 * reads it, {@link Object#toString} writes it so that it is read as the same again.
 */
sealed interface Filter {
    /** Whether the resource, or an element of a list of values, fulfils it. */
    boolean matches(JsonNode value);

    /** How a value is compared. */
    enum Operator {
        EQ,
        NE,
        CO,
        SW,
        EW,
        GT,
        GE,
        LT,
        LE;

        static Optional<Operator> of(String word) {
            for (Operator each : values()) {
                if (each.name().equalsIgnoreCase(word)) {
                    return Optional.of(each);
                }
            }
            return Optional.empty();
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An attribute against a value; of an attribute with several values one must fit, except for
     * {@code ne}, which none may equal.
     *
     * @param value text, number, boolean or null in JSON
     */
    record Compare(AttributePath path, Operator operator, JsonNode value) implements Filter {
        @Override
        public boolean matches(JsonNode resource) {
            List<JsonNode> found = Values.at(resource, path);
            if (value.isNull()) {
                return (operator == Operator.NE) != found.isEmpty();
            }
            boolean exact = Values.isExact(path);
            if (operator == Operator.NE) {
                return found.stream()
                        .noneMatch(each -> Values.fits(each, Operator.EQ, value, exact));
            }
            return found.stream().anyMatch(each -> Values.fits(each, operator, value, exact));
        }

        @Override
        public String toString() {
            return path + " " + operator + " " + value;
        }
    }

    /** The attribute has a value. */
    record Present(AttributePath path) implements Filter {
        @Override
        public boolean matches(JsonNode resource) {
            return Values.at(resource, path).stream()
                    .anyMatch(each ->
                            !(each.isString() && each.stringValue().isEmpty())
                                    && !(each.isContainer() && each.isEmpty()));
        }

        @Override
        public String toString() {
            return path + " pr";
        }
    }

    record And(Filter left, Filter right) implements Filter {
        @Override
        public boolean matches(JsonNode value) {
            return left.matches(value) && right.matches(value);
        }

        @Override
        public String toString() {
            return "(" + left + " and " + right + ")";
        }
    }

    record Or(Filter left, Filter right) implements Filter {
        @Override
        public boolean matches(JsonNode value) {
            return left.matches(value) || right.matches(value);
        }

        @Override
        public String toString() {
            return "(" + left + " or " + right + ")";
        }
    }

    record Not(Filter inner) implements Filter {
        @Override
        public boolean matches(JsonNode value) {
            return !inner.matches(value);
        }

        @Override
        public String toString() {
            return "not (" + inner + ")";
        }
    }

    /** One element of the attribute fulfils all of the inner condition. */
    record Within(AttributePath path, Filter inner) implements Filter {
        @Override
        public boolean matches(JsonNode resource) {
            return Values.at(resource, path).stream().anyMatch(inner::matches);
        }

        @Override
        public String toString() {
            return path + "[" + inner + "]";
        }
    }

    /** Values of resources, and how they compare. Stateless. */
    final class Values {
        /** Text that means what it is; all other is compared without case. */
        private static final Set<String> EXACT = Set.of("id", "externalid", "value", "$ref");

        private Values() {}

        static boolean isExact(AttributePath path) {
            String last = path.sub() == null ? path.name() : path.sub();
            return EXACT.contains(last.toLowerCase(Locale.ROOT))
                    && !path.name().equalsIgnoreCase("emails");
        }

        /** All values at the path; of a complex value without a part named, its {@code value}. */
        static List<JsonNode> at(JsonNode resource, AttributePath path) {
            JsonNode root = resource;
            if (path.extension() != null) {
                JsonNode extension = AttributePath.value(resource, path.extension());
                if (extension == null) {
                    return List.of();
                }
                root = extension;
            }
            JsonNode attribute =
                    path.name().isEmpty() ? root : AttributePath.value(root, path.name());
            List<JsonNode> values = new ArrayList<>();
            if (attribute != null) {
                for (JsonNode each : attribute.isArray() ? attribute : List.of(attribute)) {
                    JsonNode value =
                            path.sub() == null ? each : AttributePath.value(each, path.sub());
                    if (value != null) {
                        values.add(value);
                    }
                }
            }
            return values;
        }

        static boolean fits(JsonNode found, Operator operator, JsonNode wanted, boolean exact) {
            JsonNode one = found;
            if (found.isObject()) {
                JsonNode value = AttributePath.value(found, "value");
                if (value == null) {
                    return false;
                }
                one = value;
            }
            if (one.isString() && wanted.isString()) {
                return text(one.stringValue(), operator, wanted.stringValue(), exact);
            }
            if (one.isNumber() && wanted.isNumber()) {
                return ordered(one.decimalValue().compareTo(wanted.decimalValue()), operator);
            }
            return operator == Operator.EQ
                    && one.isBoolean()
                    && wanted.isBoolean()
                    && one.booleanValue() == wanted.booleanValue();
        }

        private static boolean text(String one, Operator operator, String other, boolean exact) {
            String left = exact ? one : one.toLowerCase(Locale.ROOT);
            String right = exact ? other : other.toLowerCase(Locale.ROOT);
            return switch (operator) {
                case CO -> left.contains(right);
                case SW -> left.startsWith(right);
                case EW -> left.endsWith(right);
                case EQ, NE, GT, GE, LT, LE -> ordered(left.compareTo(right), operator);
            };
        }

        private static boolean ordered(int sign, Operator operator) {
            return switch (operator) {
                case EQ -> sign == 0;
                case NE -> sign != 0;
                case GT -> sign > 0;
                case GE -> sign >= 0;
                case LT -> sign < 0;
                case LE -> sign <= 0;
                case CO, SW, EW -> false; // only texts contain something
            };
        }

        /** The text that the filter asks the attribute to equal, if that is all it asks. */
        static @Nullable String equalTo(@Nullable Filter filter, String attribute) {
            return filter instanceof Compare compare
                            && compare.operator() == Operator.EQ
                            && compare.path().is(attribute)
                            && compare.value() instanceof StringNode text
                    ? text.stringValue()
                    : null;
        }
    }
}
