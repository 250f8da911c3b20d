@NullMarked
package assay.web.http;

import org.jspecify.annotations.NullMarked;
