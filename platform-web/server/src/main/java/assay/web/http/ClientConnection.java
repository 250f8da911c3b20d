package assay.web.http;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Whether whoever asked is still there. Servlets have no word for it, and without it a generation
 * whose client has left would run to its end. Confined to the request's thread.
 */
public interface ClientConnection {
    /** True once the client has closed the connection or, in HTTP/2, reset the stream. */
    boolean gone();

    /** The connection that this request came by. */
    static ClientConnection of(HttpServletRequest request) {
        Object connection = request.getAttribute(ClientConnection.class.getName());
        return connection instanceof ClientConnection known ? known : () -> false;
    }
}
