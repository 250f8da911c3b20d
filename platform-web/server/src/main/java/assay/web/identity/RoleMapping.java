package assay.web.identity;

import assay.web.WebException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Which role the groups of a directory give. The first rule whose group somebody is in counts; who
 * is in none gets the default role, or is no member. Immutable.
 *
 * @param defaultRole a role as in JSON: a built-in role's name or a custom role's id; null for none
 */
public record RoleMapping(List<Rule> rules, @Nullable String defaultRole) {
    private static final int MOST_RULES = 200;
    private static final int GROUP_CHARS = 300;

    /**
     * @param group as the directory calls it, in its own case
     * @param role as in JSON
     */
    public record Rule(String group, String role) {}

    public static final RoleMapping NONE = new RoleMapping(List.of(), null);

    public RoleMapping {
        rules = List.copyOf(rules);
        if (rules.size() > MOST_RULES) {
            throw WebException.invalid(
                    "mapping", rules.size() + " rules (expected: at most " + MOST_RULES + ")");
        }
        for (Rule each : rules) {
            if (each.group().isBlank() || each.group().length() > GROUP_CHARS) {
                throw WebException.invalid(
                        "mapping.group",
                        each.group().length() + " characters (expected: 1.." + GROUP_CHARS + ")");
            }
        }
    }

    /**
     * @param known the roles that there are: a rule whose role was removed gives nothing
     */
    public Optional<String> roleFor(Collection<String> groups, Set<String> known) {
        return rules.stream()
                .filter(each -> groups.contains(each.group()) && known.contains(each.role()))
                .map(Rule::role)
                .findFirst()
                .or(() -> Optional.ofNullable(defaultRole).filter(known::contains));
    }

    /** All roles that it may give. */
    public List<String> roles() {
        List<String> roles = new ArrayList<>(rules.stream().map(Rule::role).toList());
        if (defaultRole != null) {
            roles.add(defaultRole);
        }
        return roles.stream().distinct().toList();
    }

    /** The rules as JSON: a list of {@code {"group", "role"}}. */
    public ArrayNode json() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        rules.forEach(each -> list.addObject().put("group", each.group()).put("role", each.role()));
        return list;
    }

    /**
     * @param rules as {@link #json} writes them
     * @throws WebException INVALID_REQUEST when they are something else
     */
    public static RoleMapping of(@Nullable JsonNode rules, @Nullable String defaultRole) {
        List<Rule> read = new ArrayList<>();
        if (rules != null && !rules.isNull()) {
            if (!rules.isArray()) {
                throw WebException.invalid("mapping", "expected: a list");
            }
            for (JsonNode each : rules) {
                JsonNode group = each.path("group");
                JsonNode role = each.path("role");
                if (!group.isString() || !role.isString() || each.size() != 2) {
                    throw WebException.invalid(
                            "mapping", "expected: objects with the texts group and role");
                }
                read.add(new Rule(group.stringValue().strip(), role.stringValue()));
            }
        }
        return new RoleMapping(read, defaultRole);
    }
}
