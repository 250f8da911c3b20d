package assay.web.identity;

import java.util.Set;

/** Where it is written down that somebody wanted what he may not. Thread-safe. */
public interface Denials {
    /**
     * @param action as audit records name it
     * @param method of the path, or "CONSOLE"
     * @param needed the rights of which one was missing
     */
    void denied(
            Caller caller,
            String action,
            String method,
            String path,
            String requestId,
            Set<Permission> needed);
}
