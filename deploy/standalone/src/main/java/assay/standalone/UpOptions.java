package assay.standalone;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code up} was asked for. Immutable.
 *
 * @param data the data folder, absolute
 * @param httpPort plain HTTP on loopback; 0 lets the launcher choose, as for the other two
 * @param agentCount how many node agents, which is also how many stages the reference model gets
 * @param schedulerCount how many schedulers: one leads, the others stand by
 * @param referenceModel whether the reference model is deployed
 * @param weights how the reference model's weights are kept: stored, int8 or int4
 * @param elasticsearch where the searchable copy of the audit records is kept
 * @param detach whether the command returns once everything is ready
 */
record UpOptions(
        Path data,
        int httpPort,
        int httpsPort,
        int grpcPort,
        int agentCount,
        int schedulerCount,
        boolean referenceModel,
        String weights,
        ElasticsearchChoice elasticsearch,
        boolean detach) {
    static final int MAX_AGENTS = 16;
    static final int MAX_SCHEDULERS = 3;
    static final int MAX_PORT = 65_535;
    private static final String PLAIN_HTTP = "--elasticsearch-plain-http";
    static final Path DEFAULT_DATA = Path.of(".assay");

    static final UpOptions DEFAULTS =
            new UpOptions(
                    DEFAULT_DATA.toAbsolutePath(),
                    8080,
                    8443,
                    9090,
                    2,
                    1,
                    true,
                    "stored",
                    new ElasticsearchChoice.Embedded(),
                    false);

    UpOptions {
        data = data.toAbsolutePath().normalize();
    }

    /**
     * Reads the options after {@code up}; {@code --name value} and {@code --name=value} are the
     * same.
     *
     * @throws StandaloneException with {@code USAGE}, naming the option and what was expected
     */
    static UpOptions parse(List<String> arguments) {
        Deque<String> rest = new ArrayDeque<>(arguments);
        Set<String> seen = new HashSet<>();
        UpOptions options = DEFAULTS;
        while (!rest.isEmpty()) {
            String option = splitOption(rest);
            if (!seen.add(option)) {
                throw usage(option + ": given twice");
            }
            options = options.with(option, rest);
        }
        options.checkPortsDiffer();
        return options.withPlainHttp(seen.contains(PLAIN_HTTP));
    }

    private UpOptions with(String option, Deque<String> rest) {
        return switch (option) {
            case "--data" -> withData(Path.of(value(option, rest)));
            case "--http-port" -> withPorts(number(option, rest, 0, MAX_PORT), httpsPort, grpcPort);
            case "--https-port" -> withPorts(httpPort, number(option, rest, 0, MAX_PORT), grpcPort);
            case "--grpc-port" -> withPorts(httpPort, httpsPort, number(option, rest, 0, MAX_PORT));
            case "--agents" -> withAgents(number(option, rest, 1, MAX_AGENTS));
            case "--schedulers" -> withSchedulers(number(option, rest, 1, MAX_SCHEDULERS));
            case "--elasticsearch" ->
                    withElasticsearch(ElasticsearchChoice.parse(value(option, rest)));
            case PLAIN_HTTP -> this; // judged when both options are known
            case "--quantize" -> withWeights(value(option, rest));
            case "--no-reference-model" ->
                    new UpOptions(
                            data,
                            httpPort,
                            httpsPort,
                            grpcPort,
                            agentCount,
                            schedulerCount,
                            false,
                            weights,
                            elasticsearch,
                            detach);
            case "--detach" ->
                    new UpOptions(
                            data,
                            httpPort,
                            httpsPort,
                            grpcPort,
                            agentCount,
                            schedulerCount,
                            referenceModel,
                            weights,
                            elasticsearch,
                            true);
            default -> throw usage(option + ": unknown option (./assay help lists them)");
        };
    }

    private UpOptions withData(Path folder) {
        return new UpOptions(
                folder,
                httpPort,
                httpsPort,
                grpcPort,
                agentCount,
                schedulerCount,
                referenceModel,
                weights,
                elasticsearch,
                detach);
    }

    UpOptions withPorts(int http, int https, int grpc) {
        return new UpOptions(
                data,
                http,
                https,
                grpc,
                agentCount,
                schedulerCount,
                referenceModel,
                weights,
                elasticsearch,
                detach);
    }

    private UpOptions withAgents(int count) {
        return new UpOptions(
                data,
                httpPort,
                httpsPort,
                grpcPort,
                count,
                schedulerCount,
                referenceModel,
                weights,
                elasticsearch,
                detach);
    }

    private UpOptions withSchedulers(int count) {
        return new UpOptions(
                data,
                httpPort,
                httpsPort,
                grpcPort,
                agentCount,
                count,
                referenceModel,
                weights,
                elasticsearch,
                detach);
    }

    private UpOptions withWeights(String value) {
        String kept =
                switch (value) {
                    case "none" -> "stored";
                    case "int8", "int4" -> value;
                    default ->
                            throw usage("--quantize: " + value + " (expected: none, int8 or int4)");
                };
        return new UpOptions(
                data,
                httpPort,
                httpsPort,
                grpcPort,
                agentCount,
                schedulerCount,
                referenceModel,
                kept,
                elasticsearch,
                detach);
    }

    private UpOptions withPlainHttp(boolean allowed) {
        if (elasticsearch instanceof ElasticsearchChoice.Cluster cluster) {
            if (cluster.leavesTheMachineInTheClear() && !allowed) {
                throw usage(
                        "--elasticsearch: "
                                + cluster.address()
                                + " would carry audit records and keys unencrypted (expected: an"
                                + " https address; "
                                + PLAIN_HTTP
                                + " allows it all the same)");
            }
            return withElasticsearch(new ElasticsearchChoice.Cluster(cluster.address(), allowed));
        }
        if (allowed) {
            throw usage(PLAIN_HTTP + ": only with --elasticsearch ADDRESS");
        }
        return this;
    }

    private UpOptions withElasticsearch(ElasticsearchChoice choice) {
        return new UpOptions(
                data,
                httpPort,
                httpsPort,
                grpcPort,
                agentCount,
                schedulerCount,
                referenceModel,
                weights,
                choice,
                detach);
    }

    private void checkPortsDiffer() {
        Set<Integer> ports = new HashSet<>();
        for (int port : new int[] {httpPort, httpsPort, grpcPort}) {
            if (port != 0 && !ports.add(port)) {
                throw usage(
                        "port "
                                + port
                                + ": given twice (expected: three different ports for --http-port,"
                                + " --https-port and --grpc-port)");
            }
        }
    }

    /** Takes the next argument off; the value of {@code --name=value} goes back as an argument. */
    static String splitOption(Deque<String> rest) {
        String argument = rest.removeFirst();
        int equals = argument.indexOf('=');
        if (!argument.startsWith("--") || equals < 0) {
            return argument;
        }
        rest.addFirst(argument.substring(equals + 1));
        return argument.substring(0, equals);
    }

    /** The value of an option that must have one. */
    static String value(String option, Deque<String> rest) {
        String value = rest.pollFirst();
        if (value == null || value.isEmpty() || value.startsWith("--")) {
            throw usage(option + ": needs a value");
        }
        return value;
    }

    private static int number(String option, Deque<String> rest, int least, int most) {
        String value = value(option, rest);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below, as for a number out of bounds
        }
        throw usage(option + ": " + value + " (expected: " + least + ".." + most + ")");
    }

    static StandaloneException usage(String message) {
        return new StandaloneException(ErrorCode.USAGE, message);
    }
}
