/**
 * How people of a tenant get in beside by password: providers, the directory's tokens, and which
 * group gives which role. Start at {@link assay.web.console.signinsettings.SignInSettingsView}.
 */
@NullMarked
package assay.web.console.signinsettings;

import org.jspecify.annotations.NullMarked;
