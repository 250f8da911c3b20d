package assay.web.serving;

import assay.web.limits.Admission;
import java.io.IOException;

/** Where a generation's text goes: one for each public face. Confined to the call's thread. */
interface GenerateAnswer {
    /** Whether nobody waits for the answer any more. */
    boolean gone();

    /** The request was admitted, before anything else is told. */
    default void admitted(Admission admission) {}

    /**
     * @throws IOException when it could not be delivered: then nobody waits any more
     */
    void chunk(GenerationChunk chunk) throws IOException;

    /** The last word; everything is recorded by now. */
    void finished(ServedModel model, GenerationEnd end) throws IOException;
}
