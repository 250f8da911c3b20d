package assay.web.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Hands each request its {@link ClientConnection}.
 *
 * <p>HTTP/1.1: a read that does not wait finds the end of the stream; what it may find instead, the
 * first byte of a next request, is given back to the socket's buffer. HTTP/2: the state of the
 * stream tells. Tomcat keeps both to itself, so they are reached by reflection; the test of
 * disconnects fails if they ever move.
 */
final class TomcatConnectionValve extends ValveBase {
    private static final Field HOOK = field("org.apache.coyote.Request", "hook");
    private static final Field SOCKET =
            field("org.apache.coyote.AbstractProcessor", "socketWrapper");
    private static final Field STREAM = field("org.apache.coyote.http2.StreamProcessor", "stream");
    private static final Method IS_ACTIVE = method("org.apache.coyote.http2.Stream", "isActive");

    TomcatConnectionValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        org.apache.coyote.Request coyote = request.getCoyoteRequest();
        boolean multiplexed = STREAM.getDeclaringClass().isInstance(get(HOOK, coyote));
        ClientConnection connection =
                multiplexed ? () -> streamIsReset(coyote) : () -> socketHasEnded(coyote);
        request.setAttribute(ClientConnection.class.getName(), connection);
        getNext().invoke(request, response);
    }

    private static boolean socketHasEnded(org.apache.coyote.Request coyote) {
        if (!(get(SOCKET, get(HOOK, coyote)) instanceof SocketWrapperBase<?> socket)) {
            return true; // already taken from the request
        }
        ByteBuffer one = ByteBuffer.allocate(1);
        try {
            int read = socket.read(false, one);
            if (read > 0) {
                socket.unRead(one.flip());
            }
            return read < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static boolean streamIsReset(org.apache.coyote.Request coyote) {
        try {
            return !(boolean) IS_ACTIVE.invoke(get(STREAM, get(HOOK, coyote)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object get(Field field, Object of) {
        try {
            return field.get(of);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Field field(String type, String name) {
        try {
            Field field = Class.forName(type).getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static Method method(String type, String name) {
        try {
            Method method = Class.forName(type).getDeclaredMethod(name);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
