/**
 * The frame of the console: the page around all views, navigation, languages, theme. Each area of
 * the console is a package below; views show and ask, and hold no logic. Runs in Vaadin's session
 * lock; what other threads bring goes through {@link assay.web.console.part.Latest}. Start at
 * {@link assay.web.console.ConsoleFrame}.
 */
@NullMarked
package assay.web.console;

import org.jspecify.annotations.NullMarked;
