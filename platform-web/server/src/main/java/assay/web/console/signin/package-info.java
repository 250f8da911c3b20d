/** The door: sign in, or go on as a guest. Start at {@link assay.web.console.signin.SignInView}. */
@NullMarked
package assay.web.console.signin;

import org.jspecify.annotations.NullMarked;
