package assay.web.serving;

import assay.web.audit.AuditContents;
import assay.web.limits.Admission;
import java.io.IOException;

/** An answer of which the record will tell what it was. Confined to its thread. */
final class KeptAnswer implements GenerateAnswer {
    private final GenerateAnswer answer;
    private final AuditContents.Keeping kept;

    KeptAnswer(GenerateAnswer answer, AuditContents.Keeping kept) {
        this.answer = answer;
        this.kept = kept;
    }

    @Override
    public boolean gone() {
        return answer.gone();
    }

    @Override
    public void admitted(Admission admission) {
        answer.admitted(admission);
    }

    @Override
    public void chunk(GenerationChunk chunk) throws IOException {
        kept.answered(chunk.text());
        answer.chunk(chunk);
    }

    @Override
    public void finished(ServedModel model, GenerationEnd end) throws IOException {
        answer.finished(model, end);
    }
}
