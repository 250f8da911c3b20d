package assay.web.jobs;

import assay.web.WebException;
import assay.web.http.JsonBody;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Items as lines of JSON, an object each; empty lines count but say nothing. The first may be
 * {@code {"job": {…}}}: then it says how the job is to be run. Confined to one thread.
 */
public final class NdjsonItems implements ItemSource {
    private final Lines lines;
    private @Nullable ReadItem first;

    /**
     * @param limits of one line and of all
     */
    public NdjsonItems(InputStream in, JobLimits limits) {
        this.lines = new Lines(in, limits.itemBytes(), limits.bodyBytes());
    }

    /** How the job is to be run, if the first line says so; to be asked before {@link #next}. */
    public Optional<ObjectNode> header() throws IOException {
        first = read();
        if (first == null
                || first.fields().size() != 1
                || !(first.fields().get("job") instanceof ObjectNode header)) {
            return Optional.empty();
        }
        first = null;
        return Optional.of(header);
    }

    @Override
    public Optional<ReadItem> next() throws IOException {
        ReadItem known = first;
        first = null;
        return Optional.ofNullable(known == null ? read() : known);
    }

    private @Nullable ReadItem read() throws IOException {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            if (!blank(line)) {
                try {
                    return new ReadItem(lines.number(), JsonBody.object(line, "this"));
                } catch (WebException e) {
                    throw BadItem.at(lines.number(), e);
                }
            }
        }
        return null;
    }

    private static boolean blank(byte[] line) {
        for (byte each : line) {
            if (each != ' ' && each != '\t') {
                return false;
            }
        }
        return true;
    }
}
