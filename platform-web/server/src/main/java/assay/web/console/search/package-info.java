/**
 * What a page that searches by time is made of: range, filters, chips, rows, older ones and those
 * that come by themselves. Start at {@link assay.web.console.search.SearchView}. Runs in Vaadin's
 * session lock.
 */
@NullMarked
package assay.web.console.search;

import org.jspecify.annotations.NullMarked;
