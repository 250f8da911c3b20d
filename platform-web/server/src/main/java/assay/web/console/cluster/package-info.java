/**
 * What several areas show of the cluster in the same way: replicas with their stages, devices and
 * what is booked on them, states as pills, the history. Runs in Vaadin's session lock.
 */
@NullMarked
package assay.web.console.cluster;

import org.jspecify.annotations.NullMarked;
