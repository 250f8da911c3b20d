/** Models and their versions: registration and look-up. */
@NullMarked
package assay.web.models;

import org.jspecify.annotations.NullMarked;
