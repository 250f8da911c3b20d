/**
 * One's own account, and links for people who are to get one. Start at {@link
 * assay.web.console.account.AccountView}; other ways to sign in add their part by {@link
 * assay.web.console.account.AccountSection}.
 */
@NullMarked
package assay.web.console.account;

import org.jspecify.annotations.NullMarked;
