package assay.agent.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of one process. What is full is renamed and goes on under a number, so that whoever
 * follows it can read it to its end; the fourth is forgotten. Thread-safe.
 */
public final class LogFile implements AutoCloseable {
    private static final long ROLL_BYTES = 16L << 20;
    private static final int ROLLED_KEPT = 3;
    private static final String NAME = "ECS";

    private final ch.qos.logback.classic.Logger root;
    private final RollingFileAppender<ILoggingEvent> appender;

    private LogFile(
            ch.qos.logback.classic.Logger root, RollingFileAppender<ILoggingEvent> appender) {
        this.root = root;
        this.appender = appender;
    }

    /**
     * Has every line of this process written there too.
     *
     * @param node what people call the node
     * @throws UncheckedIOException if the file can not be made
     */
    public static LogFile open(Path file, String node) {
        return open(file, node, ROLL_BYTES);
    }

    static LogFile open(Path file, String node, long rollBytes) {
        makePrivate(file);
        var root = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        LoggerContext context = root.getLoggerContext();
        var encoder = new EcsEncoder("assay-agent", node);
        encoder.setContext(context);
        encoder.start();
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName(NAME);
        appender.setFile(file.toString());
        appender.setEncoder(encoder);
        var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        trigger.setContext(context);
        trigger.setMaxFileSize(new FileSize(rollBytes));
        trigger.setCheckIncrement(Duration.buildByMilliseconds(100));
        trigger.start();
        appender.setTriggeringPolicy(trigger);
        var rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(file + ".%i");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(ROLLED_KEPT);
        rolling.start();
        appender.setRollingPolicy(rolling);
        appender.start();
        root.addAppender(appender);
        return new LogFile(root, appender);
    }

    /** Only its owner reads it; what rolls keeps that, what is new is made under the umask. */
    private static void makePrivate(Path file) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }
}
