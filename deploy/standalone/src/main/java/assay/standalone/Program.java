package assay.standalone;

import assay.elasticsearch.ServerCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * One of our Java programs and how it is run. Immutable. The virtual machine's options of all of
 * them stand here.
 *
 * @param name what people and logs call the process: {@code agent-1}
 * @param module the folder of the checkout that builds it
 * @param arguments of the program; never a secret, the process list shows them
 * @param libraries of the class path that the build does not know
 */
record Program(
        String name,
        String module,
        String mainClass,
        List<String> virtualMachine,
        List<String> arguments,
        List<Path> libraries) {
    static final String WEB = "web";
    static final String SCHEDULER = "scheduler";

    /** Small heaps and the collector with the smallest overhead: all programs share one machine. */
    private static final List<String> EVERYWHERE =
            List.of(
                    "-XX:+UseSerialGC",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-XX:-UsePerfData",
                    "-Xshare:auto",
                    "-Djava.awt.headless=true",
                    "-Dstdout.encoding=UTF-8",
                    "-Dstderr.encoding=UTF-8",
                    "-Duser.timezone=UTC",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow");

    Program {
        virtualMachine = List.copyOf(virtualMachine);
        arguments = List.copyOf(arguments);
        libraries = List.copyOf(libraries);
    }

    /**
     * @param name {@link #SCHEDULER}, or that of a further one
     * @param properties holds the database's password, hence a file
     */
    static Program scheduler(String name, Path properties) {
        return new Program(
                name,
                "platform-scheduler/server",
                "assay.scheduler.server.SchedulerApplication",
                // little to compute, so the first compiler is enough and the start is shorter
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                List.of("--spring.config.additional-location=file:" + properties),
                List.of());
    }

    /**
     * @param properties holds the database's password, hence a file
     */
    static Program web(Path properties) {
        return new Program(
                WEB,
                "platform-web/server",
                "assay.web.WebApplication",
                List.of("-Xmx512m"),
                List.of("--spring.config.additional-location=file:" + properties),
                List.of());
    }

    /**
     * @param cache the tokenizers' native library is unpacked there, not in somebody's home
     */
    static Program agent(String name, Path cache, List<String> arguments) {
        return new Program(
                name,
                "gpu-node-agent/agent",
                "assay.agent.AgentMain",
                List.of(
                        "-Xmx512m",
                        "--add-modules=jdk.incubator.vector",
                        "-Dai.djl.offline=true",
                        "-DDJL_CACHE_DIR=" + cache.resolve("djl"),
                        "-DENGINE_CACHE_DIR=" + cache.resolve("djl")),
                arguments,
                List.of());
    }

    static Program elasticsearch(ServerCommand command) throws IOException {
        return new Program(
                ElasticsearchServer.NAME,
                "deploy/elasticsearch",
                ServerCommand.MAIN_CLASS,
                command.virtualMachine(),
                command.arguments(),
                command.home().libraries());
    }

    /**
     * The command that runs it. The class path goes into a file, and what was built here is copied,
     * so that a later build does not pull the classes from under a running program.
     */
    List<String> command(Home home, DataFolder folder) throws IOException {
        Path copies = folder.run().resolve("lib").resolve(module.replace('/', '-'));
        DataFolder.makePrivate(copies);
        List<String> classPath = new ArrayList<>();
        for (Path entry : home.classPath(module)) {
            classPath.add(entry.startsWith(home.root()) ? copy(entry, copies) : entry.toString());
        }
        libraries.forEach(library -> classPath.add(library.toString()));
        var options = new StringBuilder();
        for (String option : EVERYWHERE) {
            options.append(quoted(option)).append('\n');
        }
        for (String option : virtualMachine) {
            options.append(quoted(option)).append('\n');
        }
        options.append("-cp\n").append(quoted(String.join(":", classPath))).append('\n');
        Path file = folder.run().resolve(name + ".options");
        DataFolder.writePrivate(file, options.toString());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + file);
        command.add(mainClass);
        command.addAll(arguments);
        return command;
    }

    private static String copy(Path jar, Path folder) throws IOException {
        Path target = folder.resolve(jar.getFileName());
        if (!Files.exists(target)
                || !Files.getLastModifiedTime(target).equals(Files.getLastModifiedTime(jar))) {
            Path part = folder.resolve(jar.getFileName() + ".part");
            Files.copy(
                    jar,
                    part,
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.COPY_ATTRIBUTES);
            Files.move(
                    part,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        return target.toString();
    }

    /** As the {@code java} command reads its option files. */
    private static String quoted(String option) {
        return '"' + option.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
