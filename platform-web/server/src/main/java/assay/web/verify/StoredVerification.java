package assay.web.verify;

import assay.web.identity.Caller;
import org.jspecify.annotations.Nullable;

/**
 * A verification with what only its owner's rights and a later answer need. Immutable.
 *
 * @param owner who began it, as the audit record will name him
 * @param requestId of the call that began it
 * @param failure set when the state is FAILED
 */
record StoredVerification(
        Caller owner, String requestId, Verification verification, @Nullable Failure failure) {
    boolean isOwnedBy(Caller caller) {
        return owner.tenantId().equals(caller.tenantId())
                && owner.kind() == caller.kind()
                && owner.id().equals(caller.id());
    }

    StoredVerification with(Verification next, @Nullable Failure nextFailure) {
        return new StoredVerification(owner, requestId, next, nextFailure);
    }
}
