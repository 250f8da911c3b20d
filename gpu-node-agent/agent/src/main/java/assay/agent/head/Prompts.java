package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import java.util.Map;

/** Text to ids, as far as the model can take them. Stateless. */
final class Prompts {
    private Prompts() {}

    /**
     * The ids of a prompt that something is to follow.
     *
     * @throws AgentException REQUEST_INVALID or PROMPT_TOO_LONG
     */
    static int[] encode(HeadLoop head, String prompt) {
        return encode(head, prompt, head.loaded().spec().contextTokens() - 1);
    }

    /** The ids of a prompt that may fill the context. */
    static int[] encodeWhole(HeadLoop head, String prompt) {
        return encode(head, prompt, head.loaded().spec().contextTokens());
    }

    private static int[] encode(HeadLoop head, String prompt, int most) {
        int[] ids = head.loaded().tokenizer().orElseThrow().prompt(prompt);
        if (ids.length == 0) {
            throw new AgentException(
                    FaultCode.REQUEST_INVALID, "prompt: 0 tokens (expected: at least 1)");
        }
        if (ids.length > most) {
            throw new AgentException(
                    FaultCode.PROMPT_TOO_LONG,
                    "prompt: " + ids.length + " tokens (expected: at most " + most + ")",
                    Map.of(
                            "prompt_tokens",
                            Integer.toString(ids.length),
                            "context_length",
                            Integer.toString(head.loaded().spec().contextTokens())));
        }
        return ids;
    }
}
