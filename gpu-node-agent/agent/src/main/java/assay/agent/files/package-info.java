/**
 * Model files by content: fetched once, verified before use, never trusted after a restart until
 * they were hashed again.
 *
 * <p>Runs on the loader threads of stages, one file at a time for each. Start at {@link
 * assay.agent.files.FileCache}.
 */
@NullMarked
package assay.agent.files;

import org.jspecify.annotations.NullMarked;
