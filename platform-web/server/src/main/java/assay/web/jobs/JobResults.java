package assay.web.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All results of a job as lines of JSON, page by page, so that never all are in memory. */
public final class JobResults {
    public static final String CONTENT_TYPE = "application/x-ndjson";

    private static final int PAGE = 500;

    private final Jobs jobs;

    public JobResults(Jobs jobs) {
        this.jobs = jobs;
    }

    /**
     * Writes them in the order of submission; the stream stays open.
     *
     * @throws assay.web.WebException before the first byte when the caller may not have them
     * @throws IOException when nobody takes them any more
     */
    public void write(Jobs.Call call, UUID id, Set<ItemState> states, OutputStream out)
            throws IOException {
        @Nullable String cursor = null;
        do {
            var page = jobs.results(call, id, new Jobs.Wanted(states, cursor, PAGE));
            var lines = new StringBuilder();
            for (ItemResult result : page.entries()) {
                lines.append(JobJson.result(result)).append('\n');
            }
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
            cursor = page.next();
        } while (cursor != null);
    }
}
