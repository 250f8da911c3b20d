package assay.web.verify;

import assay.web.WebSettings;
import assay.web.audit.AuditLog;
import assay.web.limits.Admissions;
import assay.web.limits.GuestLimits;
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

    /** Ready for calls: what an earlier server left running is marked before the first one. */
    @Bean
    TheoremVerifications verifications(
            Generation generation,
            Checkers checkers,
            TenantTransactions transactions,
            VerificationAudit audit,
            GuestLimits guests,
            Admissions admissions,
            VerificationLimits limits,
            WebSettings settings,
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
                        new VerificationStore(transactions, settings.outage().patience()),
                        audit,
                        guests::admit,
                        admissions,
                        limits,
                        clock,
                        new SecureRandom());
        verifications.recover();
        meters.gauge(
                "assay_verifications_running", verifications, TheoremVerifications::runningCount);
        return verifications;
    }

    @Bean
    BatchVerification batchVerification(TheoremVerifications verifications, Checkers checkers) {
        return new BatchVerification(verifications, checkers);
    }
}
