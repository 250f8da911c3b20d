package assay.web.identity;

import static assay.web.identity.Permission.AUDIT_EXPORT;
import static assay.web.identity.Permission.AUDIT_READ;
import static assay.web.identity.Permission.BATCH_RUN;
import static assay.web.identity.Permission.BATCH_SHARE;
import static assay.web.identity.Permission.DEPLOYMENT_MANAGE;
import static assay.web.identity.Permission.DEPLOYMENT_READ;
import static assay.web.identity.Permission.INFERENCE_INVOKE;
import static assay.web.identity.Permission.KEY_MANAGE;
import static assay.web.identity.Permission.KEY_OWN;
import static assay.web.identity.Permission.MODEL_READ;
import static assay.web.identity.Permission.NODE_MANAGE;
import static assay.web.identity.Permission.NODE_READ;
import static assay.web.identity.Permission.QUOTA_MANAGE;
import static assay.web.identity.Permission.ROLE_MANAGE;
import static assay.web.identity.Permission.SETTINGS_MANAGE;
import static assay.web.identity.Permission.TENANT_MANAGE;
import static assay.web.identity.Permission.USAGE_READ;
import static assay.web.identity.Permission.USER_MANAGE;
import static assay.web.identity.Permission.VERIFICATION_RUN;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Which right opens which endpoint and which view: the one table from which the filter of REST, the
 * menu and the gate of the console, and the test of all of them are made. Immutable.
 *
 * <p>It is the outer wall. Behind it the work itself asks again, as gRPC comes another way, and
 * whose an object is can only be told there. An endpoint that is not here keeps the program from
 * starting.
 */
public final class Access {
    /** What somebody must be, or may, to come in. */
    public enum Need {
        /** Nothing: everybody may. */
        OPEN,
        /** A key, or a person who signed in. */
        KNOWN,
        /** One right of several. */
        ANY
    }

    /**
     * An endpoint.
     *
     * @param action as audit records name it
     * @param permissions of which one is needed; empty unless the need is ANY
     */
    public record Endpoint(
            String method,
            PathPattern path,
            String action,
            Need need,
            Set<Permission> permissions) {
        public Endpoint {
            permissions = Set.copyOf(permissions);
        }

        boolean is(String otherMethod, PathContainer otherPath) {
            return method.equals(otherMethod) && path.matches(otherPath);
        }
    }

    /**
     * A view of the console.
     *
     * @param route its template, without the parameters
     */
    public record View(String route, Need need, Set<Permission> permissions) {
        public View {
            permissions = Set.copyOf(permissions);
        }
    }

    private static final String ADMIN = "/api/v1/admin";

    private static final List<Endpoint> ENDPOINTS =
            List.of(
                    endpoint("POST", "/api/v1/generate", "inference.generate", INFERENCE_INVOKE),
                    endpoint("GET", "/v1/models", "model.list", MODEL_READ),
                    open("GET", "/api/v1/openapi.json", "openapi.read"),
                    open("GET", "/v2/health/live", "health.live"),
                    open("GET", "/v2/health/ready", "health.ready"),
                    endpoint("POST", "/api/v1/verifications", "verification.run", VERIFICATION_RUN),
                    known("GET", "/api/v1/verifications/{id}", "verification.read"),
                    known("GET", "/api/v1/verifications/{id}/report", "verification.report"),
                    known("DELETE", "/api/v1/verifications/{id}", "verification.cancel"),
                    endpoint("POST", "/api/v1/jobs", "job.submit", BATCH_RUN),
                    endpoint("GET", "/api/v1/jobs", "job.list", BATCH_RUN),
                    endpoint("GET", "/api/v1/jobs/{id}", "job.read", BATCH_RUN),
                    endpoint("GET", "/api/v1/jobs/{id}/results", "job.results", BATCH_RUN),
                    endpoint("POST", "/api/v1/jobs/{id}/pause", "job.pause", BATCH_RUN),
                    endpoint("POST", "/api/v1/jobs/{id}/resume", "job.resume", BATCH_RUN),
                    endpoint("POST", "/api/v1/jobs/{id}/cancel", "job.cancel", BATCH_RUN),
                    endpoint("POST", "/api/v1/jobs/{id}/retry", "job.retry", BATCH_RUN),
                    endpoint("GET", ADMIN + "/job-shares", "job-share.list", BATCH_SHARE),
                    endpoint("PUT", ADMIN + "/job-shares/{id}", "job-share.set", BATCH_SHARE),
                    endpoint("GET", ADMIN + "/nodes", "node.list", NODE_READ),
                    endpoint("GET", ADMIN + "/nodes/{id}", "node.read", NODE_READ),
                    endpoint("GET", ADMIN + "/nodes/{id}/trend", "node.trend", NODE_READ),
                    endpoint("GET", ADMIN + "/nodes/{id}/history", "node.history", NODE_READ),
                    endpoint("POST", ADMIN + "/nodes/{id}/cordon", "node.cordon", NODE_MANAGE),
                    endpoint("POST", ADMIN + "/nodes/{id}/uncordon", "node.uncordon", NODE_MANAGE),
                    endpoint("POST", ADMIN + "/nodes/{id}/drain", "node.drain", NODE_MANAGE),
                    endpoint("POST", ADMIN + "/nodes/{id}/labels", "node.labels", NODE_MANAGE),
                    endpoint("POST", ADMIN + "/nodes/{id}/taints", "node.taints", NODE_MANAGE),
                    endpoint("DELETE", ADMIN + "/nodes/{id}", "node.remove", NODE_MANAGE),
                    endpoint("POST", ADMIN + "/nodes/accept-loss", "node.loss", NODE_MANAGE),
                    endpoint("GET", ADMIN + "/replicas", "replica.list", DEPLOYMENT_READ),
                    endpoint(
                            "GET",
                            ADMIN + "/replicas/{id}/history",
                            "replica.history",
                            DEPLOYMENT_READ),
                    endpoint("GET", ADMIN + "/deployments", "deployment.list", DEPLOYMENT_READ),
                    endpoint(
                            "GET", ADMIN + "/deployments/{id}", "deployment.read", DEPLOYMENT_READ),
                    endpoint(
                            "GET",
                            ADMIN + "/deployments/{id}/history",
                            "deployment.history",
                            DEPLOYMENT_READ),
                    endpoint("POST", ADMIN + "/deployments", "deployment.apply", DEPLOYMENT_MANAGE),
                    endpoint(
                            "PUT",
                            ADMIN + "/deployments/{id}",
                            "deployment.apply",
                            DEPLOYMENT_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/deployments/plan",
                            "deployment.plan",
                            DEPLOYMENT_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/deployments/{id}",
                            "deployment.remove",
                            DEPLOYMENT_MANAGE),
                    endpoint("GET", ADMIN + "/tenants", "tenant.list", TENANT_MANAGE),
                    endpoint("POST", ADMIN + "/tenants", "tenant.create", TENANT_MANAGE),
                    endpoint(
                            "GET",
                            ADMIN + "/tenants/{id}",
                            "tenant.read",
                            TENANT_MANAGE,
                            USER_MANAGE),
                    endpoint(
                            "PATCH",
                            ADMIN + "/tenants/{id}",
                            "tenant.change",
                            TENANT_MANAGE,
                            USER_MANAGE),
                    endpoint("DELETE", ADMIN + "/tenants/{id}", "tenant.delete", TENANT_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/tenants/{id}/suspend",
                            "tenant.suspend",
                            TENANT_MANAGE),
                    endpoint(
                            "POST", ADMIN + "/tenants/{id}/resume", "tenant.resume", TENANT_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/tenants/{id}/restore",
                            "tenant.restore",
                            TENANT_MANAGE),
                    endpoint("GET", ADMIN + "/tenants/{id}/export", "tenant.export", TENANT_MANAGE),
                    endpoint("GET", ADMIN + "/members", "member.list", USER_MANAGE),
                    endpoint("POST", ADMIN + "/members", "member.add", TENANT_MANAGE),
                    endpoint("PUT", ADMIN + "/members/{id}", "member.change", USER_MANAGE),
                    endpoint("DELETE", ADMIN + "/members/{id}", "member.remove", USER_MANAGE),
                    endpoint(
                            "GET",
                            ADMIN + "/sign-in-providers",
                            "sign-in-provider.list",
                            USER_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/sign-in-providers",
                            "sign-in-provider.create",
                            USER_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/sign-in-providers/test",
                            "sign-in-provider.test",
                            USER_MANAGE),
                    endpoint(
                            "GET",
                            ADMIN + "/sign-in-providers/{id}",
                            "sign-in-provider.read",
                            USER_MANAGE),
                    endpoint(
                            "PUT",
                            ADMIN + "/sign-in-providers/{id}",
                            "sign-in-provider.change",
                            USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/sign-in-providers/{id}",
                            "sign-in-provider.remove",
                            USER_MANAGE),
                    endpoint("GET", ADMIN + "/scim/groups", "scim.read", USER_MANAGE),
                    endpoint("PUT", ADMIN + "/scim/groups", "scim.map", USER_MANAGE),
                    endpoint("GET", ADMIN + "/scim/tokens", "scim.token.list", USER_MANAGE),
                    endpoint("POST", ADMIN + "/scim/tokens", "scim.token.create", USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/scim/tokens/{id}",
                            "scim.token.revoke",
                            USER_MANAGE),
                    endpoint("GET", ADMIN + "/invitations", "invitation.list", USER_MANAGE),
                    endpoint("POST", ADMIN + "/invitations", "invitation.create", USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/invitations/{id}",
                            "invitation.revoke",
                            USER_MANAGE),
                    endpoint("GET", ADMIN + "/users/{id}/sessions", "session.list", USER_MANAGE),
                    endpoint("DELETE", ADMIN + "/users/{id}/sessions", "session.end", USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/users/{id}/sessions/{session}",
                            "session.end",
                            USER_MANAGE),
                    endpoint(
                            "POST",
                            ADMIN + "/users/{id}/password-reset",
                            "password-reset.create",
                            USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/users/{id}/password-reset",
                            "password-reset.revoke",
                            USER_MANAGE),
                    endpoint(
                            "DELETE",
                            ADMIN + "/users/{id}/second-factor",
                            "second-factor.remove",
                            USER_MANAGE),
                    endpoint("GET", ADMIN + "/operators", "operator.list", TENANT_MANAGE),
                    endpoint("PUT", ADMIN + "/operators/{id}", "operator.add", TENANT_MANAGE),
                    endpoint("DELETE", ADMIN + "/operators/{id}", "operator.remove", TENANT_MANAGE),
                    endpoint("GET", ADMIN + "/roles", "role.list", ROLE_MANAGE, USER_MANAGE),
                    endpoint("POST", ADMIN + "/roles", "role.create", ROLE_MANAGE),
                    endpoint("PUT", ADMIN + "/roles/{id}", "role.change", ROLE_MANAGE),
                    endpoint("DELETE", ADMIN + "/roles/{id}", "role.remove", ROLE_MANAGE),
                    endpoint("GET", ADMIN + "/keys", "key.list", KEY_OWN, KEY_MANAGE),
                    endpoint("POST", ADMIN + "/keys", "key.create", KEY_OWN, KEY_MANAGE),
                    endpoint("PATCH", ADMIN + "/keys/{id}", "key.change", KEY_OWN, KEY_MANAGE),
                    endpoint(
                            "POST", ADMIN + "/keys/{id}/rotate", "key.rotate", KEY_OWN, KEY_MANAGE),
                    endpoint("DELETE", ADMIN + "/keys/{id}", "key.revoke", KEY_OWN, KEY_MANAGE),
                    endpoint("GET", ADMIN + "/quotas", "quota.list", QUOTA_MANAGE, USAGE_READ),
                    endpoint("POST", ADMIN + "/quotas", "quota.create", QUOTA_MANAGE),
                    endpoint(
                            "GET",
                            ADMIN + "/quotas/notices",
                            "quota.notices",
                            QUOTA_MANAGE,
                            USAGE_READ),
                    endpoint("GET", ADMIN + "/quotas/{id}", "quota.read", QUOTA_MANAGE, USAGE_READ),
                    endpoint("PUT", ADMIN + "/quotas/{id}", "quota.change", QUOTA_MANAGE),
                    endpoint("DELETE", ADMIN + "/quotas/{id}", "quota.remove", QUOTA_MANAGE),
                    endpoint("GET", ADMIN + "/audit/policy", "audit.policy.read", AUDIT_READ),
                    endpoint("PUT", ADMIN + "/audit/policy", "audit.policy.change", USER_MANAGE),
                    endpoint("GET", ADMIN + "/audit/events", "audit.search", AUDIT_READ),
                    endpoint("GET", ADMIN + "/audit/events/{id}", "audit.read", AUDIT_READ),
                    endpoint("GET", ADMIN + "/audit/histogram", "audit.histogram", AUDIT_READ),
                    endpoint("GET", ADMIN + "/audit/actions", "audit.actions", AUDIT_READ),
                    endpoint("POST", ADMIN + "/audit/verify", "audit.verify", AUDIT_READ),
                    endpoint("GET", ADMIN + "/audit/verify", "audit.verify.state", AUDIT_READ),
                    endpoint("POST", ADMIN + "/audit/exports", "audit.export", AUDIT_EXPORT),
                    endpoint("GET", ADMIN + "/audit/exports", "audit.export.list", AUDIT_EXPORT),
                    endpoint(
                            "GET",
                            ADMIN + "/audit/exports/{id}",
                            "audit.export.read",
                            AUDIT_EXPORT),
                    endpoint(
                            "DELETE",
                            ADMIN + "/audit/exports/{id}",
                            "audit.export.cancel",
                            AUDIT_EXPORT),
                    endpoint(
                            "GET",
                            ADMIN + "/audit/exports/{id}/file",
                            "audit.download",
                            AUDIT_EXPORT),
                    endpoint("GET", ADMIN + "/audit/searches", "audit-search.list", AUDIT_READ),
                    endpoint("POST", ADMIN + "/audit/searches", "audit-search.create", AUDIT_READ),
                    endpoint(
                            "PUT",
                            ADMIN + "/audit/searches/{id}",
                            "audit-search.change",
                            AUDIT_READ),
                    endpoint(
                            "DELETE",
                            ADMIN + "/audit/searches/{id}",
                            "audit-search.remove",
                            AUDIT_READ),
                    endpoint("GET", ADMIN + "/logs", "log.search", SETTINGS_MANAGE),
                    endpoint("GET", ADMIN + "/usage", "usage.read", USAGE_READ));

    private static final List<View> VIEWS =
            List.of(
                    view("", NODE_READ),
                    open("sign-in"),
                    open("invitation"), // the link's token decides
                    open("password-reset"),
                    open("account"), // one's own; the view sends guests away
                    open("verify"), // whether guests are let in, the tenant says
                    view("nodes", NODE_READ),
                    view("deployments", DEPLOYMENT_READ),
                    view("deploy", DEPLOYMENT_MANAGE),
                    view("replicas", DEPLOYMENT_READ),
                    view("jobs", BATCH_RUN),
                    view("tenants", TENANT_MANAGE),
                    view("members", USER_MANAGE),
                    view("sign-in-settings", USER_MANAGE),
                    view("roles", ROLE_MANAGE),
                    view("keys", KEY_OWN, KEY_MANAGE),
                    view("quotas", QUOTA_MANAGE, USAGE_READ),
                    view("audit", AUDIT_READ),
                    view("logs", SETTINGS_MANAGE));

    private Access() {}

    public static List<Endpoint> endpoints() {
        return ENDPOINTS;
    }

    public static List<View> views() {
        return VIEWS;
    }

    /** The endpoint that the call is for; of two that match the more exact. */
    public static Optional<Endpoint> endpoint(String method, String path) {
        PathContainer parsed = PathContainer.parsePath(path);
        Endpoint found = null;
        for (Endpoint each : ENDPOINTS) {
            if (each.is(method, parsed)
                    && (found == null || each.path().compareTo(found.path()) < 0)) {
                found = each;
            }
        }
        return Optional.ofNullable(found);
    }

    /**
     * The view at the path, parameters and all.
     *
     * @param path with or without a leading slash
     */
    public static Optional<View> view(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        int slash = relative.indexOf('/');
        String route = slash < 0 ? relative : relative.substring(0, slash);
        return VIEWS.stream().filter(each -> each.route().equals(route)).findFirst();
    }

    /** Whether the view is for the caller; one that is not in the table is for nobody. */
    public static boolean mayOpen(Caller caller, String path) {
        return view(path)
                .map(view -> view.need() == Need.OPEN || one(caller, view.permissions()))
                .orElse(false);
    }

    static boolean one(Caller caller, Set<Permission> permissions) {
        return permissions.stream().anyMatch(caller::may);
    }

    private static Endpoint endpoint(
            String method, String path, String action, Permission... permissions) {
        return new Endpoint(method, parse(path), action, Need.ANY, set(permissions));
    }

    private static Endpoint open(String method, String path, String action) {
        return new Endpoint(method, parse(path), action, Need.OPEN, Set.of());
    }

    private static Endpoint known(String method, String path, String action) {
        return new Endpoint(method, parse(path), action, Need.KNOWN, Set.of());
    }

    private static View view(String route, Permission... permissions) {
        return new View(route, Need.ANY, set(permissions));
    }

    private static View open(String route) {
        return new View(route, Need.OPEN, Set.of());
    }

    private static Set<Permission> set(Permission... permissions) {
        return Set.copyOf(Arrays.asList(permissions));
    }

    private static PathPattern parse(String path) {
        return PathPatternParser.defaultInstance.parse(path);
    }
}
