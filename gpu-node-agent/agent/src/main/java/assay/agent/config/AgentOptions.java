package assay.agent.config;

import assay.agent.config.AgentConfig.HeadLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Command line to {@link AgentConfig}. Every default of the agent stands here or in {@link
 * HeadLimits}.
 */
public final class AgentOptions {
    private static final Set<String> VALUED =
            Set.of(
                    "--name",
                    "--data",
                    "--scheduler",
                    "--ca",
                    "--join-token-file",
                    "--listen",
                    "--advertise",
                    "--metrics",
                    "--threads",
                    "--backend",
                    "--memory-bytes",
                    "--max-waiting",
                    "--hung-step-millis",
                    "--link-silence-millis",
                    "--new-wait-millis",
                    "--stream-wait-millis",
                    "--log-file");

    private final Map<String, String> values = new HashMap<>();
    private boolean watchParent;

    private AgentOptions() {}

    /**
     * Reads the whole command line.
     *
     * @throws StartException with exit status 2 and one line for the first thing that is wrong
     */
    public static AgentConfig parse(List<String> arguments) {
        AgentOptions options = new AgentOptions();
        try {
            options.read(arguments);
            return options.build();
        } catch (IllegalArgumentException e) {
            throw new StartException(StartException.BAD_OPTION, String.valueOf(e.getMessage()));
        }
    }

    private void read(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            if (option.equals("--watch-parent")) {
                watchParent = true;
            } else if (!VALUED.contains(option)) {
                throw new IllegalArgumentException(
                        option + ": unknown option (expected: one of " + sorted() + ")");
            } else if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(option + ": value missing");
            } else if (values.put(option, arguments.get(++i)) != null) {
                throw new IllegalArgumentException(option + ": given twice");
            }
        }
    }

    private AgentConfig build() {
        HostPort listen = value("--listen", HostPort::parse, new HostPort("127.0.0.1", 0));
        if (!values.containsKey("--advertise")
                && (listen.host().equals("0.0.0.0") || listen.host().equals("::"))) {
            throw new IllegalArgumentException(
                    "--advertise: missing (expected: the host others reach, as --listen is "
                            + listen.host()
                            + ")");
        }
        HeadLimits standard = HeadLimits.DEFAULT;
        HeadLimits head =
                new HeadLimits(
                        value("--max-waiting", Integer::valueOf, standard.maxWaiting()),
                        standard.maxUnreadTokens(),
                        millis("--hung-step-millis", standard.hungStep()),
                        standard.selfProbe(),
                        millis("--link-silence-millis", standard.linkSilence()),
                        millis("--new-wait-millis", standard.newWait()),
                        millis("--stream-wait-millis", standard.streamWait()));
        return new AgentConfig(
                required("--name", Function.identity()),
                required("--data", Path::of).toAbsolutePath().normalize(),
                required("--scheduler", HostPort::parseAll),
                required("--ca", Path::of),
                Optional.ofNullable(values.get("--join-token-file")).map(Path::of),
                listen,
                value("--advertise", Function.identity(), listen.host()),
                value("--metrics", HostPort::parse, new HostPort("127.0.0.1", 0)),
                value("--threads", Integer::valueOf, Runtime.getRuntime().availableProcessors()),
                value("--backend", AgentOptions::backend, BackendChoice.AUTO),
                Optional.ofNullable(values.get("--memory-bytes"))
                        .map(text -> read("--memory-bytes", text, Long::valueOf)),
                head,
                watchParent,
                Optional.ofNullable(values.get("--log-file")).map(Path::of));
    }

    private static BackendChoice backend(String text) {
        return switch (text) {
            case "auto" -> BackendChoice.AUTO;
            case "cuda" -> BackendChoice.CUDA;
            case "cpu" -> BackendChoice.CPU;
            case "scalar" -> BackendChoice.SCALAR;
            default ->
                    throw new IllegalArgumentException(
                            text + " (expected: cuda, cpu, scalar or auto)");
        };
    }

    private Duration millis(String option, Duration standard) {
        return Duration.ofMillis(value(option, Long::valueOf, standard.toMillis()));
    }

    private <T> T required(String option, Function<String, T> reader) {
        String text = values.get(option);
        if (text == null) {
            throw new IllegalArgumentException(option + ": missing");
        }
        return read(option, text, reader);
    }

    private <T> T value(String option, Function<String, T> reader, T standard) {
        @Nullable String text = values.get(option);
        return text == null ? standard : read(option, text, reader);
    }

    private static <T> T read(String option, String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + ": " + text + " (expected: a number)", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }

    private static String sorted() {
        return String.join(" ", VALUED.stream().sorted().toList()).toLowerCase(Locale.ROOT);
    }
}
