package assay.web.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Hands each request its {@link ClientConnection}.
 *
 * <p>HTTP/1.1: a read that does not wait finds the end of the stream. What it may find instead, the
 * start of a next request, stays in Tomcat's buffer. HTTP/2: Tomcat keeps the state of a stream to
 * itself, so it is looked at by reflection; the test of disconnects fails if that ever moves.
 */
final class TomcatConnectionValve extends ValveBase {
    private static final Field HOOK = field("org.apache.coyote.Request", "hook");
    private static final Field STREAM = field("org.apache.coyote.http2.StreamProcessor", "stream");
    private static final Method IS_ACTIVE = method("org.apache.coyote.http2.Stream", "isActive");

    TomcatConnectionValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        org.apache.coyote.Request coyote = request.getCoyoteRequest();
        boolean multiplexed = STREAM.getDeclaringClass().isInstance(hook(coyote));
        ClientConnection connection =
                multiplexed ? () -> streamIsReset(coyote) : () -> streamHasEnded(coyote);
        request.setAttribute(ClientConnection.class.getName(), connection);
        getNext().invoke(request, response);
    }

    private static boolean streamHasEnded(org.apache.coyote.Request coyote) {
        return readable(coyote) && readable(coyote);
    }

    /**
     * Asked twice: at the end of the stream each question fails anew and is told as "readable",
     * while bytes of a next request are told once and then wait in the buffer.
     */
    private static boolean readable(org.apache.coyote.Request coyote) {
        coyote.action(ActionCode.AVAILABLE, true);
        return coyote.getAvailable() > 0;
    }

    private static boolean streamIsReset(org.apache.coyote.Request coyote) {
        try {
            return !(boolean) IS_ACTIVE.invoke(STREAM.get(hook(coyote)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object hook(org.apache.coyote.Request coyote) {
        try {
            return HOOK.get(coyote);
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
