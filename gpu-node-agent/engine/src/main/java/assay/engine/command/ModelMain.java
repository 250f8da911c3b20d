package assay.engine.command;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * {@code assay model check|run PATH [OPTIONS]}. Exit code: 0, 1 for a model or run that fails, 2
 * for a call.
 */
public final class ModelMain {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private static final String USAGE =
            """
            usage: ./assay model check PATH [--json]
                     architecture, parameters, context, bytes of each layer, SHA-256 of each file, what is unsupported
                   ./assay model run PATH (--ids 1,2,3 | --prompt TEXT) [OPTIONS]
                     runs the model in this process and prints one JSON object

            PATH is a folder (safetensors, pytorch_model.bin or GGUF beside config.json) or one GGUF file.

            options of run
              --ids 1,2,3        the prompt as token ids
              --prompt TEXT      the prompt as text; the model's own tokenizer makes ids of it
              --greedy N         so many of the likeliest tokens after the prompt (default: 0 with --logits, else 16)
              --logits FILE      writes FILE as safetensors: tensor "logits", (prompt tokens, vocabulary), F32
              --stages K         split into K stages as agents would (default: 1)
              --backend NAME     scalar, cpu, cuda, or cuda:N for one GPU of several; a list such as cuda:0,cuda:1
                                 puts the stages on them in turn (default: cpu)
              --quantize TYPE    none, int8 or int4: weights are turned into groups of so many bits (default: none)
              --threads N        processor threads (default: all)
            """;

    private ModelMain() {}

    public static void main(String[] args) {
        System.exit(run(Arrays.asList(args), System.out, System.err));
    }

    /** The exit code. */
    static int run(List<String> args, PrintStream out, PrintStream error) {
        if (args.isEmpty() || args.contains("--help") || args.contains("-h")) {
            (args.isEmpty() ? error : out).print(USAGE);
            return args.isEmpty() ? MISUSED : 0;
        }
        List<String> rest = args.subList(1, args.size());
        try {
            return switch (args.getFirst()) {
                case "check" -> ModelCheck.run(rest, out);
                case "run" -> {
                    out.write(
                            new ModelRun(RunOptions.parse(rest))
                                    .run()
                                    .getBytes(StandardCharsets.UTF_8));
                    out.println();
                    yield 0;
                }
                default -> throw misuse(args.getFirst() + ": unknown (expected: check or run)");
            };
        } catch (EngineException e) {
            error.println("assay: " + e.getMessage());
            return e.code() == ErrorCode.REQUEST_INVALID ? MISUSED : FAILED;
        } catch (java.io.IOException e) {
            error.println("assay: " + e);
            return FAILED;
        } catch (OutOfMemoryError e) {
            error.println("assay: not enough memory: " + e.getMessage());
            return FAILED;
        }
    }

    static EngineException misuse(String message) {
        return new EngineException(ErrorCode.REQUEST_INVALID, message);
    }
}
