/**
 * What a tenant wants of its audit records, as the console and the API see it: how long they stay,
 * and whether prompts and answers are kept with them.
 */
@NullMarked
package assay.web.audit.policy;

import org.jspecify.annotations.NullMarked;
