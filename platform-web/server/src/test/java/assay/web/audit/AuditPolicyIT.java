package assay.web.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.ErrorCode;
import assay.web.RunningGateway;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.TestKeys;
import assay.web.tenancy.TenantTransactions;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuditPolicyIT {
    private static final RunningGateway gateway = RunningGateway.shared();

    private UUID tenant;
    private String key;

    @BeforeEach
    void newTenant() {
        tenant = UUID.randomUUID();
        gateway.one(
                "insert into tenants (id, slug, name) values (?, ?, 'T') returning 1",
                tenant,
                "t-" + tenant);
        key =
                TestKeys.make(
                        gateway,
                        tenant.toString(),
                        Set.of(Permission.AUDIT_READ, Permission.USER_MANAGE));
    }

    private Caller caller(Permission... permissions) {
        return new Caller(
                tenant,
                Caller.Kind.API_KEY,
                "k",
                "k",
                "key",
                Set.of(permissions),
                "127.0.0.1",
                null);
    }

    private HttpResponse<String> put(String seen, String body) {
        return gateway.send(
                gateway.request("http", AuditPolicies.PATH, key)
                        .header("Content-Type", "application/json")
                        .header("If-Match", seen)
                        .PUT(BodyPublishers.ofString(body))
                        .build());
    }

    @Test
    void aTenantThatDecidedNothingKeepsDigestsFor180Days() {
        var response = gateway.get(AuditPolicies.PATH, key);
        assertThat(response.headers().firstValue("ETag")).hasValue("\"0\"");
        var policy = RunningGateway.json(response);
        assertThat(policy.get("retention_days").intValue()).isEqualTo(180);
        assertThat(policy.get("content").stringValue()).isEqualTo("digest");
    }

    @Test
    void changesWhatWasSeenAndRefusesLessThan180Days() {
        String more = "{\"retention_days\":365,\"content\":\"encrypted\"}";
        assertThat(put("\"0\"", more).statusCode()).isEqualTo(200);
        assertThat(put("\"0\"", more).statusCode()).isEqualTo(412);
        assertThat(put("\"1\"", "{\"retention_days\":179,\"content\":\"digest\"}").statusCode())
                .isEqualTo(422);
        assertThat(gateway.get(AuditPolicies.PATH, key).headers().firstValue("ETag"))
                .hasValue("\"1\"");
        assertThat(
                        gateway.one(
                                "select details->>'retention_days' from audit_events where"
                                        + " tenant_id = ? and action = 'audit.policy.change'"
                                        + " and outcome->>'result' = 'success'",
                                tenant))
                .isEqualTo("365");
    }

    private UUID recordWithContent() {
        var contents = gateway.bean(AuditContents.class);
        var keeping = contents.begin(tenant, "a question", 10);
        keeping.answered("an ");
        keeping.answered("answer");
        Map<String, Object> details = new HashMap<>();
        keeping.describe(details);
        String request = UUID.randomUUID().toString();
        gateway.bean(AuditLog.class)
                .record(
                        new AuditEvent(
                                Instant.now(),
                                caller(),
                                "inference.generate",
                                "model",
                                "m",
                                "m",
                                "1",
                                "POST",
                                "/api/v1/generate",
                                AuditEvent.Outcome.SUCCESS,
                                200,
                                null,
                                Duration.ofMillis(5),
                                request,
                                details),
                        keeping.seal());
        return UUID.fromString(
                String.valueOf(
                        gateway.one(
                                "select id from audit_events where"
                                        + " correlation->>'request' = ?",
                                request)));
    }

    @Test
    void keepsDigestsAloneUnlessToldOtherwise() {
        UUID id = recordWithContent();
        assertThat(
                        gateway.one(
                                "select details->>'answer_sha256' from audit_events where id = ?",
                                id))
                .isEqualTo(gateway.one("select encode(sha256('an answer'), 'hex')"));
        assertThat(gateway.one("select count(*) from audit_contents where id = ?", id))
                .isEqualTo("0");
    }

    @Test
    void keepsContentSealedAndOpensItForWhoMayReadAndNeverAgainWithoutTheKey() {
        put("*", "{\"retention_days\":180,\"content\":\"encrypted\"}");
        var contents = gateway.bean(AuditContents.class);
        UUID id = recordWithContent();
        assertThat(
                        gateway.one(
                                "select position('question'::bytea in sealed) from audit_contents"
                                        + " where id = ?",
                                id))
                .isEqualTo("0");
        assertThat(contents.open(caller(Permission.AUDIT_READ), "r-" + id, id))
                .contains(new AuditContents.Content("a question", "an answer"));
        assertThat(
                        gateway.one(
                                "select outcome->>'result' from audit_events where action ="
                                        + " 'audit.content.read' and correlation->>'request' = ?",
                                "r-" + id))
                .isEqualTo("success");
        assertThatThrownBy(() -> contents.open(caller(), "d-" + id, id))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
        // As the purge of the tenant does: the key goes, the sealed bytes may stay anywhere.
        gateway.one("delete from content_keys where tenant_id = ? returning 1", tenant);
        gateway.bean(TenantTransactions.class)
                .in(
                        tenant,
                        transaction -> {
                            gateway.bean(assay.web.tenancy.Signals.class)
                                    .send(
                                            transaction,
                                            assay.web.identity.Rights.TENANT,
                                            tenant.toString());
                            return true;
                        });
        org.awaitility.Awaitility.await()
                .until(() -> contents.open(caller(Permission.AUDIT_READ), "s-" + id, id).isEmpty());
    }

    @Test
    void contentIsNeverChanged() {
        put("*", "{\"retention_days\":180,\"content\":\"encrypted\"}");
        UUID id = recordWithContent();
        assertThatThrownBy(() ->
                        gateway.one("delete from audit_contents where id = ? returning 1", id))
                .hasStackTraceContaining("never changed");
    }
}
