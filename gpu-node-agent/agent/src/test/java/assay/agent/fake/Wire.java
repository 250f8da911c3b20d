package assay.agent.fake;

import assay.agent.config.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A way to an agent that can be cut, and on which everything can stand still as if the process at
 * its end were stopped. Thread-safe.
 */
public final class Wire implements AutoCloseable {
    private final HostPort to;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean still;

    /** Leads there. */
    public Wire(HostPort to) {
        this.to = to;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Where it begins. */
    public String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** Ends all connections; new ones may be made. */
    public void cut() {
        sockets.forEach(Wire::close);
        sockets.clear();
    }

    /** Nothing passes from now on; no connection ends. */
    public void stop() {
        turn(true);
    }

    /** Everything goes on. */
    public void goOn() {
        turn(false);
    }

    private void turn(boolean now) {
        lock.lock();
        try {
            still = now;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket in = listener.accept();
                Socket out = new Socket(to.host(), to.port());
                sockets.add(in);
                sockets.add(out);
                Thread.ofVirtual().start(() -> pass(in, out));
                Thread.ofVirtual().start(() -> pass(out, in));
            }
        } catch (IOException e) {
            cut(); // closed
        }
    }

    private void pass(Socket from, Socket into) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = into.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitMoving();
                out.write(buffer, 0, read);
            }
        } catch (IOException | InterruptedException e) {
            // cut, from either side
        } finally {
            close(from);
            close(into);
        }
    }

    private void awaitMoving() throws InterruptedException {
        lock.lock();
        try {
            while (still) {
                moved.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        goOn();
        cut();
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
