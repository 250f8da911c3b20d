@NullMarked
package assay.audit;

import org.jspecify.annotations.NullMarked;
