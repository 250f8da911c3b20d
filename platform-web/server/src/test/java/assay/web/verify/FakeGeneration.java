package assay.web.verify;

import assay.web.WebException;
import assay.web.serving.GenerateCommand;
import assay.web.serving.Generation;
import assay.web.serving.GenerationChunk;
import assay.web.serving.GenerationEnd;
import assay.web.serving.GenerationStream;
import assay.web.serving.ServedModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;

/** A model whose answers a test chooses by the number of the call; it streams them in pieces. */
final class FakeGeneration implements Generation {
    final List<GenerateCommand> asked = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch entered = new CountDownLatch(1);
    volatile IntFunction<String> answers = number -> "";
    volatile IntFunction<String> finishReasons = number -> "stop";

    /** Set to make every stream wait until it is closed. */
    volatile boolean hangs;

    /** Set to make a call fail, from the call with this number on. */
    volatile int failsFrom = Integer.MAX_VALUE;

    volatile WebException failure = new WebException(assay.web.ErrorCode.INTERNAL, "unset");

    @Override
    public GenerationStream open(GenerateCommand command) {
        int number;
        synchronized (asked) {
            asked.add(command);
            number = asked.size();
        }
        entered.countDown();
        if (number >= failsFrom) {
            throw failure;
        }
        return new Stream(answers.apply(number), finishReasons.apply(number));
    }

    private final class Stream implements GenerationStream {
        private final String text;
        private final String finishReason;
        private final CountDownLatch closed = new CountDownLatch(1);
        private int given;

        Stream(String text, String finishReason) {
            this.text = text;
            this.finishReason = finishReason;
        }

        @Override
        public ServedModel model() {
            return new ServedModel("assay-reference", "1", 1024);
        }

        @Override
        public Optional<GenerationChunk> next() {
            if (hangs) {
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new WebException(assay.web.ErrorCode.STAGE_LOST, "closed");
            }
            if (given == text.length()) {
                return Optional.empty();
            }
            int end = Math.min(text.length(), given + 5);
            String piece = text.substring(given, end);
            given = end;
            return Optional.of(new GenerationChunk(piece, 1, new float[1]));
        }

        @Override
        public GenerationEnd end() {
            return new GenerationEnd(finishReason, 10, Math.max(1, text.length() / 4));
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
