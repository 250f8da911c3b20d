package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.limits.LeasedLimits.Outcome;
import assay.web.models.ModelCatalog;
import assay.web.models.RegisteredModel;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Admits requests within the limits of their tenant, user, key and model, all of them or none, and
 * counts what was used. Thread-safe.
 */
@Component
class Quotas implements Admissions, SmartLifecycle {
    /** That limits of a tenant were changed, by its id. */
    static final String SIGNAL = "quotas";

    private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);

    /** Of the beginning and end of a prompt, that no character stands for. */
    private static final int MARKS = 16;

    private final LeasedLimits limits;
    private final ModelCatalog catalog;
    private final StoredBytes stored;
    private final UsageCounts usage;
    private final MeterRegistry meters;
    private volatile boolean running;

    Quotas(
            TenantTransactions transactions,
            StoredBytes stored,
            UsageCounts usage,
            ModelCatalog catalog,
            Signals signals,
            QuotaSettings settings,
            MeterRegistry meters) {
        this.limits =
                new LeasedLimits(
                        new DatabaseLeases(transactions, UUID.randomUUID(), settings.lease(), null),
                        settings.lease(),
                        System::nanoTime,
                        LockSupport::parkNanos);
        this.stored = stored;
        this.usage = usage;
        this.catalog = catalog;
        this.meters = meters;
        signals.listen(SIGNAL, this::changed);
    }

    /** Who asks, and for which model. */
    record Asker(Caller caller, @Nullable String model, List<Subject> subjects) {}

    @Override
    public Admission generation(
            Caller caller, @Nullable String model, String prompt, int maxTokens) {
        Optional<RegisteredModel> asked = catalog.find(model);
        return admit(
                caller,
                asked.map(RegisteredModel::name).orElse(model),
                Need.generation(mostTokens(prompt, asked), maxTokens));
    }

    @Override
    public Admission answer(Caller caller, @Nullable String model, String prompt, int maxTokens) {
        Optional<RegisteredModel> asked = catalog.find(model);
        return admit(
                caller,
                asked.map(RegisteredModel::name).orElse(model),
                Need.tokens(mostTokens(prompt, asked), maxTokens));
    }

    @Override
    public Admission request(Caller caller, @Nullable String model) {
        return admit(
                caller,
                catalog.find(model).map(RegisteredModel::name).orElse(model),
                Need.request());
    }

    @Override
    public Admission items(Caller caller) {
        return admit(caller, null, Need.NOTHING);
    }

    /**
     * A token stands for a byte at least. A tokenizer that writes characters out before it counts
     * them may need more: then more is asked for when it has counted.
     */
    private static long mostTokens(String prompt, Optional<RegisteredModel> model) {
        long most = (long) prompt.getBytes(StandardCharsets.UTF_8).length + MARKS;
        return model.map(known -> Math.min(most, known.contextLength())).orElse(most);
    }

    private Admission admit(Caller caller, @Nullable String model, Need need) {
        var asker = new Asker(caller, model, Subject.of(caller, model));
        return new LeasedAdmission(this, asker, take(asker, need), need);
    }

    @Override
    public void checkStorage(Caller caller) {
        stored.over(caller.tenantId())
                .ifPresent(refused -> {
                    throw denied(new Asker(caller, null, List.of()), refused);
                });
    }

    Outcome.Admitted take(Asker asker, Need need) {
        return switch (limits.admit(asker.caller().tenantId(), asker.subjects(), need)) {
            case Outcome.Admitted admitted -> admitted;
            case Outcome.Denied(Refused refused) -> throw denied(asker, refused);
        };
    }

    private WebException denied(Asker asker, Refused refused) {
        Quota quota = refused.quota();
        meters.counter("assay_quota_denied", "limit", quota.kind().id()).increment();
        usage.denied(asker);
        String what = quota.kind().id() + " of the " + quota.subject().kind().id();
        String detail =
                refused.need() > quota.amount()
                        ? what
                                + ": needs "
                                + refused.need()
                                + ", more than the limit of "
                                + quota.amount()
                                + " (ask for less, or for a higher limit)"
                        : what
                                + ": needs "
                                + refused.need()
                                + ", "
                                + refused.remaining()
                                + " of "
                                + quota.amount()
                                + " are left; try again later";
        LOG.debug("tenant {}: {}", quota.tenantId(), detail);
        return WebException.overQuota(
                detail,
                new WebException.Limit(
                        quota.kind().id(),
                        quota.subject().kind().id(),
                        quota.amount(),
                        quota.kind().period()),
                refused.after());
    }

    void settle(Outcome.Admitted admitted, Need used) {
        limits.settle(admitted.ledger(), admitted.grips(), used);
    }

    void used(Asker asker, Need used) {
        usage.used(asker, used);
    }

    List<LimitState> states(Outcome.Admitted admitted) {
        return limits.states(admitted.ledger(), admitted.grips());
    }

    private void changed(String tenantId) {
        if (tenantId.equals(Signals.ANYTHING)) {
            limits.changed();
        } else {
            limits.changed(UUID.fromString(tenantId));
        }
    }

    /** Ends as a process does that is killed: nothing is given back. For tests. */
    void abandon() {
        running = false;
        limits.abandon();
    }

    @Override
    public void start() {
        running = true;
        limits.start();
        usage.start();
    }

    @Override
    public void stop() {
        if (running) {
            running = false;
            limits.close();
            usage.close();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Ends after the listeners, which end requests that hold something. */
    @Override
    public int getPhase() {
        return 0;
    }
}
