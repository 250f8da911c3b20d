/**
 * What was done, by whom, with which outcome: twelve fields a record, written once and never
 * changed.
 */
@NullMarked
package assay.web.audit;

import org.jspecify.annotations.NullMarked;
