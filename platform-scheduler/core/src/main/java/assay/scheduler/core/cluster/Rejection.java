package assay.scheduler.core.cluster;

import assay.scheduler.core.cluster.Reason.Code;

/**
 * Why a node or one of its devices did not take a stage. Immutable.
 *
 * @param node which
 * @param name what people call it
 * @param device its name; empty where the whole node is out
 * @param filter what turned it away
 * @param free bytes that stages may still book there; zero where that was not the question
 * @param missing bytes short of what each of so many equal devices would need; zero where memory
 *     was not the question
 * @param detail of the filter: the label, the taint, the device type; empty where there is none
 */
public record Rejection(
        NodeId node,
        String name,
        String device,
        Filter filter,
        Bytes free,
        Bytes missing,
        String detail) {
    /** The filters, in the order in which they are asked. */
    public enum Filter {
        NODE_NOT_READY("is not ready"),
        NODE_CORDONED("is cordoned"),
        NODE_DRAINING("is draining"),
        NODE_AVOIDED("failed this replica lately"),
        LABEL_MISSING("lacks the label"),
        TAINT_NOT_TOLERATED("has the taint"),
        NODE_EXCLUSIVE("is kept for another deployment"),
        NODE_OCCUPIED("is not empty, and the deployment wants nodes of its own"),
        REPLICA_TOO_NEAR("is too near to another replica"),
        DEVICE_BROKEN("is broken"),
        DEVICE_TYPE("is of another type than asked for"),
        TENANT_QUOTA("is beyond the tenant's quota"),
        MEMORY_SHORT("is short of memory"),
        TOO_FEW("has room for a stage, but too few others have");

        private final String words;

        Filter(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /** For people. */
    public Reason reason() {
        String place = device.isEmpty() ? name : name + "/" + device;
        return filter == Filter.MEMORY_SHORT
                ? Reason.of(Code.REJECTED_BY_MEMORY, place, free, missing)
                : Reason.of(Code.REJECTED, place, filter.name(), detail);
    }
}
