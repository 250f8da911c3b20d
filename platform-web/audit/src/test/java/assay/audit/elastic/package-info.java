@NullMarked
package assay.audit.elastic;

import org.jspecify.annotations.NullMarked;
