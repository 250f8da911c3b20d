/**
 * Who is who: the cluster's own certificate authority, join tokens, and enrollment, the only call
 * that needs no certificate. Thread-safe. Start at {@link
 * assay.scheduler.server.pki.CertificateAuthority}.
 */
@NullMarked
package assay.scheduler.server.pki;

import org.jspecify.annotations.NullMarked;
