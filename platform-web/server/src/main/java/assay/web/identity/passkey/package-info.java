/**
 * Passkeys (WebAuthn): the protocol is Spring Security's, the rows are ours. A passkey always
 * checks the person at the device (user verification), so it counts as two factors. Everything runs
 * on the request's thread. Start at {@code PasskeySignIn}; {@link
 * assay.web.identity.passkey.Passkeys} is what a person sees of his own.
 */
@NullMarked
package assay.web.identity.passkey;

import org.jspecify.annotations.NullMarked;
