package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.engine.EngineException;
import assay.engine.batch.SequenceRequest.Task;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call that asks about prompts and is answered once. Runs on a virtual thread of its own, which
 * waits for the head loop; when the client goes away, what runs for it ends.
 *
 * @param <R> reply
 */
final class PromptCall<R> {
    private static final Logger LOG = LoggerFactory.getLogger(PromptCall.class);

    private final HeadLoop head;
    private final ServerCallStreamObserver<R> call;
    private final List<Generation> running = new ArrayList<>();

    PromptCall(HeadLoop head, ServerCallStreamObserver<R> call) {
        this.head = head;
        this.call = call;
    }

    /** Makes the reply, by {@link #ask} and waiting. */
    @FunctionalInterface
    interface Work<R> {
        R reply(PromptCall<R> call) throws InterruptedException;
    }

    HeadLoop head() {
        return head;
    }

    /** On gRPC's thread. */
    void start(Work<R> work) {
        Thread thread = Thread.ofVirtual().name("prompt").unstarted(() -> run(work));
        call.setOnCancelHandler(thread::interrupt);
        thread.start();
    }

    /** Lets the model look at a prompt. */
    PromptAnswer ask(int[] ids, String tenant, Task task) {
        PromptAnswer answer = new PromptAnswer();
        running.add(head.submit(Wanted.about(ids, tenant, task), answer));
        return answer;
    }

    /** Waits for an answer. */
    PromptAnswer await(PromptAnswer answer) throws InterruptedException {
        try {
            return answer.done().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AgentException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void run(Work<R> work) {
        try {
            R reply = work.reply(this);
            if (!call.isCancelled()) {
                call.onNext(reply);
                call.onCompleted();
            }
        } catch (AgentException e) {
            fail(e);
        } catch (EngineException e) {
            fail(EngineFaults.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody waits any more
        } catch (RuntimeException e) {
            LOG.error("a question about a prompt failed", e);
            fail(new AgentException(FaultCode.ENGINE_FAILED, "internal failure"));
        } finally {
            running.forEach(head::cancel); // of no effect where it ended by itself
        }
    }

    private void fail(AgentException fault) {
        if (!call.isCancelled()) {
            call.onError(GrpcFaults.toGrpc(fault));
        }
    }
}
