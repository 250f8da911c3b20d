package assay.audit.elastic;

import assay.audit.elastic.ElasticSettings.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The index template with the strict mapping. Without it Elasticsearch would guess types, and a
 * guess can not be taken back. Immutable.
 */
public final class AuditTemplate {
    /** Above Elastic's own templates, which stop at 500. */
    private static final int PRIORITY = 600;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final AuditIndices indices;
    private final int replicas;
    private final int retentionDays;

    public AuditTemplate(ElasticSettings settings) {
        this.indices = new AuditIndices(settings);
        this.replicas = settings.replicas();
        this.retentionDays = settings.retentionDays();
    }

    /** Elasticsearch is not set up as records need it. The message says what differs. */
    public static final class TemplateMismatch extends RuntimeException {
        private static final long serialVersionUID = 1;

        TemplateMismatch(String message) {
            super(message);
        }
    }

    /** The template's name. */
    public String name() {
        return indices.stream();
    }

    /** The body to put under {@code /_index_template/NAME}, for who sets it up by hand. */
    public String json() {
        ObjectNode body = JSON.createObjectNode();
        body.putArray("index_patterns").add(indices.pattern());
        body.put("priority", PRIORITY);
        if (indices.layout() == Layout.DATA_STREAM) {
            body.putObject("data_stream");
        }
        ObjectNode template = body.putObject("template");
        template.putObject("settings")
                .putObject("index")
                .put("number_of_shards", 1)
                .put("number_of_replicas", replicas)
                .put("refresh_interval", "2s");
        if (indices.layout() == Layout.DATA_STREAM) {
            template.putObject("lifecycle").put("data_retention", retentionDays + "d");
        }
        template.set("mappings", mapping());
        return JSON.writeValueAsString(body);
    }

    private static JsonNode mapping() {
        try (InputStream in = AuditTemplate.class.getResourceAsStream("mapping.json")) {
            if (in == null) {
                throw new IllegalStateException("mapping.json is not on the class path");
            }
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Puts the template where it is missing or of another release.
     *
     * @param admin may manage index templates
     */
    public void ensure(ElasticConnection admin) throws IOException {
        if (difference(admin).isPresent() || !asksForRetention(admin)) {
            admin.call("PUT", "/_index_template/" + name(), json());
        }
        check(admin);
    }

    /**
     * Looks whether new indices get the right mapping.
     *
     * @param any may read templates: the cluster privilege {@code monitor} is enough
     * @throws TemplateMismatch if not
     */
    public void check(ElasticConnection any) throws IOException {
        Optional<String> difference = difference(any);
        if (difference.isPresent()) {
            throw new TemplateMismatch(
                    "index template "
                            + name()
                            + ": "
                            + difference.get()
                            + " (expected: the one that an admin key lets the platform put there)");
        }
        String stronger = stronger(any);
        if (!stronger.isEmpty()) {
            throw new TemplateMismatch(
                    "index template "
                            + stronger
                            + " takes "
                            + indices.pattern()
                            + " over with its priority (expected: below "
                            + PRIORITY
                            + ")");
        }
    }

    /**
     * Whether new data streams keep records long enough. Which ones there are, and what becomes of
     * the wish, is {@link StreamRetention}'s to look at.
     */
    private boolean asksForRetention(ElasticConnection any) throws IOException {
        if (indices.layout() != Layout.DATA_STREAM) {
            return true;
        }
        String asked =
                found(any).path("template").path("lifecycle").path("data_retention").asString("");
        return asked.isEmpty() // for ever
                || StreamRetention.duration(asked)
                        .filter(time -> time.compareTo(Duration.ofDays(retentionDays)) >= 0)
                        .isPresent();
    }

    private JsonNode found(ElasticConnection any) throws IOException {
        return any.call("GET", "/_index_template/" + name(), null)
                .path("index_templates")
                .path(0)
                .path("index_template");
    }

    private Optional<String> difference(ElasticConnection any) throws IOException {
        JsonNode template = found(any);
        if (template.isMissingNode()) {
            return Optional.of("missing");
        }
        if (!template.path("index_patterns").path(0).asString("").equals(indices.pattern())) {
            return Optional.of("it is for " + template.path("index_patterns"));
        }
        if (template.has("data_stream") != (indices.layout() == Layout.DATA_STREAM)) {
            return Optional.of("it is for the other layout");
        }
        return difference(mapping(), template.path("template").path("mappings"), "mappings");
    }

    /** The first place in which two trees differ. */
    private static Optional<String> difference(JsonNode wanted, JsonNode found, String path) {
        if (!wanted.isObject() || !found.isObject()) {
            return wanted.asString("").equals(found.asString(""))
                    ? Optional.empty()
                    : Optional.of(path + " is " + found + ", not " + wanted);
        }
        for (String name : wanted.propertyNames()) {
            Optional<String> inside =
                    difference(wanted.get(name), found.path(name), path + "." + name);
            if (inside.isPresent()) {
                return inside;
            }
        }
        for (String name : found.propertyNames()) {
            if (!wanted.has(name)) {
                return Optional.of(path + "." + name + " is not ours");
            }
        }
        return Optional.empty();
    }

    /** Another template that would win over ours; empty if there is none. */
    private String stronger(ElasticConnection any) throws IOException {
        String example = indices.pattern().replace("*", "2000.01.01");
        for (JsonNode entry : any.call("GET", "/_index_template", null).path("index_templates")) {
            JsonNode template = entry.path("index_template");
            if (entry.path("name").asString("").equals(name())
                    || template.path("priority").asLong(0) < PRIORITY) {
                continue;
            }
            for (JsonNode pattern : template.path("index_patterns")) {
                if (Pattern.matches(wildcard(pattern.asString("")), example)) {
                    return entry.path("name").asString("");
                }
            }
        }
        return "";
    }

    private static String wildcard(String pattern) {
        return Pattern.quote(pattern).replace("*", "\\E.*\\Q");
    }
}
