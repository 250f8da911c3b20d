/**
 * The frame of the console: layout, languages, theme. Each area of the console is a package below;
 * views show and ask, and hold no logic. Runs in Vaadin's session lock; updates from other threads
 * go through {@code UI.access}.
 */
@NullMarked
package assay.web.console;

import org.jspecify.annotations.NullMarked;
