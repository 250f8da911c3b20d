package assay.web.identity.federation;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Role;
import assay.web.identity.Roles;
import assay.web.tenancy.TenantTransactions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The providers that a tenant trusts. Every method needs {@code user:manage}; to reach into the
 * server's own network needs {@code settings:manage} as well. Thread-safe.
 */
@Component
public class IdentityProviders {
    static final String PATH = "/api/v1/admin/sign-in-providers";

    private final TenantTransactions transactions;
    private final ProviderStore store;
    private final Discovery discovery;
    private final AuditedChanges changes;
    private final Roles roles;

    IdentityProviders(
            TenantTransactions transactions,
            ProviderStore store,
            Discovery discovery,
            AuditedChanges changes,
            Roles roles) {
        this.transactions = transactions;
        this.store = store;
        this.discovery = discovery;
        this.changes = changes;
        this.roles = roles;
    }

    /**
     * A role that a group can give.
     *
     * @param id as in JSON
     * @param name of one of the tenant's own; of a built-in role its id
     */
    public record RoleChoice(String id, String name) {}

    /** The built-in roles and the tenant's own. */
    public List<RoleChoice> roles(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        List<RoleChoice> all = new ArrayList<>();
        for (Role each : Role.values()) {
            all.add(new RoleChoice(each.id(), each.id()));
        }
        all.addAll(
                transactions.in(
                        caller.tenantId(),
                        transaction ->
                                transaction
                                        .sql(
                                                "select id::text, name from roles order by"
                                                        + " lower(name)")
                                        .query((row, _) ->
                                                new RoleChoice(row.getString(1), row.getString(2)))
                                        .list()));
        return all;
    }

    public List<IdentityProvider> list(Caller caller) {
        caller.require(Permission.USER_MANAGE);
        return transactions.in(caller.tenantId(), store::list);
    }

    /**
     * @throws WebException NOT_FOUND
     */
    public IdentityProvider find(Caller caller, UUID id) {
        caller.require(Permission.USER_MANAGE);
        return transactions.in(caller.tenantId(), transaction -> find(transaction, id));
    }

    private IdentityProvider find(JdbcClient transaction, UUID id) {
        return store.find(transaction, id)
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such provider"));
    }

    /**
     * Asks the issuer what it is, and changes nothing.
     *
     * @throws WebException INVALID_REQUEST with what is wrong about the issuer
     */
    public Discovered test(Caller caller, String issuer, boolean innerNetwork) {
        caller.require(Permission.USER_MANAGE);
        requireInner(caller, innerNetwork);
        return Discovery.shown(discovery.configuration(issuer.strip(), innerNetwork));
    }

    private static void requireInner(Caller caller, boolean innerNetwork) {
        if (innerNetwork) {
            caller.require(Permission.SETTINGS_MANAGE);
        }
    }

    /**
     * @throws WebException INVALID_REQUEST, NOT_GRANTABLE when the mapping gives a role that the
     *     caller may not
     */
    public IdentityProvider create(Caller caller, String requestId, ProviderSpec spec) {
        UUID id = UUID.randomUUID();
        var change = change(caller, requestId, "sign-in-provider.create", id, "POST", spec);
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return transactions.in(
                            caller.tenantId(),
                            transaction -> {
                                check(transaction, caller, spec, false);
                                store.insert(transaction, caller.tenantId(), id, spec);
                                return find(transaction, id);
                            });
                });
    }

    /**
     * @param version that the caller has seen, or {@link Versions#ANY}
     * @throws WebException NOT_FOUND, VERSION_CONFLICT, and as {@link #create}
     */
    public IdentityProvider update(
            Caller caller, String requestId, UUID id, long version, ProviderSpec spec) {
        var change = change(caller, requestId, "sign-in-provider.change", id, "PUT", spec);
        return changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return transactions.in(
                            caller.tenantId(),
                            transaction -> {
                                IdentityProvider before = find(transaction, id);
                                boolean sameHouse =
                                        before.spec().innerNetwork()
                                                && before.spec().issuer().equals(spec.issuer());
                                Versions.check(version, before.version());
                                check(transaction, caller, spec, sameHouse);
                                if (!before.spec().issuer().equals(spec.issuer())
                                        && spec.clientSecret() == null) {
                                    // A secret goes to nobody but whom it was entered for.
                                    throw WebException.invalid(
                                            "client_secret",
                                            "missing (expected: anew for another issuer)");
                                }
                                if (!store.update(transaction, id, before.version(), spec)) {
                                    throw conflict();
                                }
                                if (!before.spec().issuer().equals(spec.issuer())) {
                                    // The same subject of another issuer is somebody else.
                                    transaction
                                            .sql(
                                                    "delete from external_identities where"
                                                            + " provider_id = ?")
                                            .param(id)
                                            .update();
                                }
                                return find(transaction, id);
                            });
                });
    }

    /**
     * @param innerAllowed the operator allowed it for this issuer before
     */
    private void check(
            JdbcClient transaction, Caller caller, ProviderSpec spec, boolean innerAllowed) {
        requireInner(caller, spec.innerNetwork() && !innerAllowed);
        spec.mapping().roles().forEach(each -> roles.checkGrantable(transaction, caller, each));
    }

    /**
     * People who came from it keep their accounts, but can not sign in by it any more.
     *
     * @throws WebException NOT_FOUND, VERSION_CONFLICT
     */
    public void remove(Caller caller, String requestId, UUID id, long version) {
        var change =
                new AuditedChanges.Change(
                        caller,
                        requestId,
                        "sign-in-provider.remove",
                        "sign-in-provider",
                        id.toString(),
                        "DELETE",
                        PATH + "/" + id,
                        Map.of());
        changes.run(
                change,
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return transactions.in(
                            caller.tenantId(),
                            transaction -> {
                                IdentityProvider before = find(transaction, id);
                                Versions.check(version, before.version());
                                if (!store.delete(transaction, id, before.version())) {
                                    throw conflict();
                                }
                                return id;
                            });
                });
    }

    private static WebException conflict() {
        return new WebException(
                ErrorCode.VERSION_CONFLICT, "the provider was changed meanwhile: read it again");
    }

    private static AuditedChanges.Change change(
            Caller caller,
            String requestId,
            String action,
            UUID id,
            String method,
            ProviderSpec spec) {
        return new AuditedChanges.Change(
                caller,
                requestId,
                action,
                "sign-in-provider",
                id.toString(),
                method,
                method.equals("POST") ? PATH : PATH + "/" + id,
                Map.of(
                        "name", spec.name(),
                        "issuer", spec.issuer(),
                        "inner_network", spec.innerNetwork(),
                        "enabled", spec.enabled()));
    }
}
