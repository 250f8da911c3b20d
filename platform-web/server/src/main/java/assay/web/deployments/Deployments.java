package assay.web.deployments;

import assay.web.identity.Caller;
import assay.web.models.RegisteredModel;
import java.util.List;
import java.util.Optional;

/**
 * What shall run. Reading needs {@code deployment:read}; the plan, as it shows what a change would
 * do, and changes need {@code deployment:manage}. Changes are recorded. Thread-safe.
 *
 * <p>All throw {@link assay.web.WebException}: PERMISSION_DENIED, SCHEDULER_AWAY.
 */
public interface Deployments {
    /** By name. */
    List<Deployment> list(Caller caller);

    /** The one of this name. */
    Optional<Deployment> find(Caller caller, String name);

    /** The model versions that can be deployed, the newest of each model first. */
    List<RegisteredModel> versions(Caller caller);

    /**
     * What {@link #apply} would do with one new replica, decided by the code that places and
     * without moving anything.
     *
     * @throws assay.web.WebException INVALID_REQUEST, MODEL_UNKNOWN
     */
    Plan plan(Caller caller, DeploymentSpec spec);

    /**
     * Creates the deployment of that name or changes it; the scheduler does the rest.
     *
     * @throws assay.web.WebException INVALID_REQUEST, MODEL_UNKNOWN
     */
    Deployment apply(Caller caller, String requestId, DeploymentSpec spec);

    /**
     * Takes it away; running requests finish.
     *
     * @throws assay.web.WebException NOT_FOUND
     */
    void remove(Caller caller, String requestId, String name);
}
