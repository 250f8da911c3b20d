/**
 * People's accounts: passwords and the rule for them, the second factor, sessions and their end,
 * one-time links that invite somebody or reset a password, and what slows down who guesses.
 *
 * <p>How a sign-in goes: {@link assay.web.identity.account.PasswordSignIn} checks the password,
 * {@link assay.web.identity.account.SignInSteps} asks for what is still missing, and {@link
 * assay.web.identity.account.SessionStart} opens the session that {@link
 * assay.web.identity.account.SessionGuard} then looks at on each request. Everything runs on the
 * request's thread; the database keeps all that several gateways must agree on.
 */
@NullMarked
package assay.web.identity.account;

import org.jspecify.annotations.NullMarked;
