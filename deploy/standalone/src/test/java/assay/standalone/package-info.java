/** Tests of the launcher and of the script in front of it. */
@NullMarked
package assay.standalone;

import org.jspecify.annotations.NullMarked;
