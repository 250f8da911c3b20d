/**
 * Who is calling: people who sign in, API keys, guests. Every other capability is handed a {@link
 * assay.web.identity.Caller} and never looks at a credential.
 */
@NullMarked
package assay.web.identity;

import org.jspecify.annotations.NullMarked;
