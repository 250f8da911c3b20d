@NullMarked
package assay.web.insight;

import org.jspecify.annotations.NullMarked;
