package assay.web.verify;

import assay.web.WebSettings;
import assay.web.audit.AuditLog;
import assay.web.limits.Admissions;
import assay.web.limits.GuestLimits;
import assay.web.peer.ProcessIdentity;
import assay.web.serving.Checkers;
import assay.web.serving.Generation;
import assay.web.tenancy.TenantTransactions;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the capability together. */
@Configuration(proxyBeanMethods = false)
class VerifyConfiguration {
    @Bean
    VerificationAudit verificationAudit(AuditLog log, InstantSource clock) {
        return new VerificationAudit(log, clock);
    }

    @Bean
    VerificationStore verificationStore(
            TenantTransactions transactions, ProcessIdentity identity, WebSettings settings) {
        return new VerificationStore(transactions, identity.urn(), settings.outage().patience());
    }

    /** Ready for calls: what an earlier server left running is marked before the first one. */
    @Bean
    TheoremVerifications verifications(
            Generation generation,
            Checkers checkers,
            VerificationStore store,
            VerificationAudit audit,
            GuestLimits guests,
            Admissions admissions,
            VerificationLimits limits,
            InstantSource clock,
            MeterRegistry meters) {
        var verifications =
                new TheoremVerifications(
                        new TheoremWorkflow(
                                generation,
                                admissions,
                                checkers,
                                new ReferenceTheoremFormat(),
                                limits),
                        store,
                        audit,
                        guests::admit,
                        admissions,
                        limits,
                        clock,
                        new SecureRandom());
        store.live(limits.gatewayLease());
        verifications.recover();
        meters.gauge(
                "assay_verifications_running", verifications, TheoremVerifications::runningCount);
        return verifications;
    }

    @Bean
    GatewayLease gatewayLease(
            VerificationStore store,
            TheoremVerifications verifications,
            VerificationLimits limits) {
        var lease =
                new GatewayLease(
                        store, verifications::recover, limits.gatewayLease(), System::nanoTime);
        lease.start();
        return lease;
    }

    @Bean
    BatchVerification batchVerification(TheoremVerifications verifications, Checkers checkers) {
        return new BatchVerification(verifications, checkers);
    }
}
