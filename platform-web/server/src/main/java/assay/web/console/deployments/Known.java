package assay.web.console.deployments;

import assay.web.WebException;
import assay.web.deployments.Deployment;
import assay.web.deployments.Deployments;
import assay.web.identity.Caller;
import assay.web.insight.ClusterPicture;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The deployments as a view last asked for them: with a picture each second, asking each time would
 * be too often. Confined to its view.
 */
final class Known {
    private static final long FRESH_MILLIS = 4000;

    private final Deployments deployments;
    private final Caller caller;
    private List<Deployment> all = List.of();
    private @Nullable WebException trouble;
    private long askedAt = Long.MIN_VALUE;

    Known(Deployments deployments, Caller caller) {
        this.deployments = deployments;
        this.caller = caller;
    }

    /** Asks again when it is time to; what is old stays when the scheduler is away. */
    void refresh(ClusterPicture picture) {
        boolean first = askedAt == Long.MIN_VALUE;
        boolean due = Math.abs(picture.unixMillis() - askedAt) >= FRESH_MILLIS;
        if (first || (picture.connected() && due)) {
            askedAt = picture.unixMillis();
            try {
                all = deployments.list(caller);
                trouble = null;
            } catch (WebException e) {
                trouble = e;
            }
        }
    }

    /** The next time it is asked again. */
    void expire() {
        askedAt = Long.MIN_VALUE;
    }

    List<Deployment> all() {
        return all;
    }

    @Nullable Deployment named(String name) {
        return all.stream()
                .filter(each -> each.spec().name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Why nothing new is known; null when all is well. */
    @Nullable WebException trouble() {
        return trouble;
    }
}
