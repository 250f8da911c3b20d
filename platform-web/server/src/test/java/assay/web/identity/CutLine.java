package assay.web.identity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A line of loopback to a server, that can be cut, and can fall silent. Thread-safe. */
final class CutLine implements AutoCloseable {
    private final int target;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition heard = lock.newCondition();
    private volatile boolean cut;
    private boolean silent; // guarded by lock

    CutLine(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Ends every connection, and each new one at once. */
    void cut() {
        cut = true;
        open.forEach(CutLine::close);
    }

    /** Passes nothing on, and keeps every connection. */
    void silence() {
        setSilent(true);
    }

    void heal() {
        cut = false;
        setSilent(false);
    }

    private void setSilent(boolean now) {
        lock.lock();
        try {
            silent = now;
            heard.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket from = server.accept();
                if (cut) {
                    from.close();
                    continue;
                }
                var to = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(from);
                open.add(to);
                Thread.ofVirtual().start(() -> pass(from, to));
                Thread.ofVirtual().start(() -> pass(to, from));
            } catch (IOException e) {
                // the line ends
            }
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] bytes = new byte[8192];
        try {
            for (int n = from.getInputStream().read(bytes); n >= 0; ) {
                awaitSound();
                to.getOutputStream().write(bytes, 0, n);
                n = from.getInputStream().read(bytes);
            }
        } catch (IOException e) {
            // one end is gone
        } finally {
            close(from);
            close(to);
        }
    }

    private void awaitSound() {
        lock.lock();
        try {
            while (silent) {
                heard.awaitUninterruptibly();
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
        heal();
        open.forEach(CutLine::close);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
