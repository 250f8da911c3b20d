package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.engine.batch.FinishReason;
import assay.engine.batch.SequenceEvent;
import assay.engine.sample.StopSequences;
import assay.engine.sample.TokenLogProb;
import assay.engine.tokenizer.Detokenizer;
import assay.engine.tokenizer.Tokenizer;
import assay.inference.v1.Tokens;
import assay.inference.v1.TopTokens;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One of the answers to a request. The head loop puts what comes into the call's queue; the text is
 * made on the call's thread, which alone uses everything but the sink's methods.
 */
final class Choice implements TokenSink {
    /** What the head loop tells the call. */
    sealed interface Item {
        record Accepted() implements Item {}

        record Token(Choice choice, SequenceEvent.Token token, Timing timing) implements Item {}

        record End(Choice choice, FinishReason reason) implements Item {}

        record Fault(AgentException fault) implements Item {}

        record Cancelled() implements Item {}
    }

    /** What a choice is told of its tokens. */
    record Detail(boolean logProbs, int top) {}

    private final int index;
    private final Queue<Item> items;
    private final Overflow overflow;
    private final Detail detail;
    private final StopSequences stops;
    private final Tokenizer tokenizer;
    private final Detokenizer text;
    private final AtomicInteger unread = new AtomicInteger();
    private Tokens.Builder tokens = Tokens.newBuilder();
    private StringBuilder piece = new StringBuilder();
    private Timing lastTiming = new Timing(0, 0);
    private int completionTokens;
    private int untold; // units of text to come that another head has told
    private @Nullable Generation generation;
    private boolean over;

    /** Bounds the tokens that nobody reads. */
    interface Overflow {
        int maxUnread();

        AgentException tooSlow();
    }

    Choice(
            int index,
            Queue<Item> items,
            Overflow overflow,
            Detail detail,
            StopSequences stops,
            Tokenizer tokenizer) {
        this.index = index;
        this.items = items;
        this.overflow = overflow;
        this.detail = detail;
        this.stops = stops;
        this.tokenizer = tokenizer;
        this.text = tokenizer.detokenizer();
    }

    @Override
    public void accepted() {
        if (index == 0) {
            items.add(new Item.Accepted());
        }
    }

    @Override
    public boolean token(SequenceEvent.Token token, Timing timing) {
        if (unread.incrementAndGet() > overflow.maxUnread()) {
            failed(overflow.tooSlow());
            return false;
        }
        items.add(new Item.Token(this, token, timing));
        return true;
    }

    @Override
    public void finished(FinishReason reason) {
        items.add(new Item.End(this, reason));
    }

    @Override
    public void failed(AgentException fault) {
        items.add(new Item.Fault(fault));
    }

    int index() {
        return index;
    }

    void runs(Generation now) {
        generation = now;
    }

    @Nullable Generation generation() {
        return generation;
    }

    /** Nothing more is to be told of it. */
    boolean over() {
        return over;
    }

    void end() {
        over = true;
    }

    int completionTokens() {
        return completionTokens;
    }

    Timing lastTiming() {
        return lastTiming;
    }

    /**
     * Takes over an answer that another head began. Its tokens are not told again, nor its text as
     * far as it was told; text that was held back is held back here.
     *
     * @param textUnits that were told
     * @return true when a stop sequence ended the text
     */
    boolean takeOver(int[] ids, int textUnits) {
        untold = textUnits;
        for (int id : ids) {
            completionTokens++;
            tell(stops.append(text.append(id)));
        }
        return stops.stopped();
    }

    private void tell(String more) {
        int skipped = Math.min(untold, more.length());
        untold -= skipped;
        piece.append(more, skipped, more.length());
    }

    /** Takes a token; true when a stop sequence ended the text. */
    boolean take(SequenceEvent.Token token, Timing timing) {
        lastTiming = timing;
        unread.decrementAndGet();
        completionTokens++;
        tokens.addIds(token.id());
        if (detail.logProbs()) {
            tokens.addLogProbs(token.logProb());
        }
        if (detail.top() > 0) {
            tokens.addTop(top(token.alternatives()));
        }
        tell(stops.append(text.append(token.id())));
        return stops.stopped();
    }

    private TopTokens top(List<TokenLogProb> alternatives) {
        return top(alternatives, tokenizer);
    }

    static TopTokens top(List<TokenLogProb> alternatives, Tokenizer tokenizer) {
        TopTokens.Builder top = TopTokens.newBuilder();
        for (TokenLogProb one : alternatives) {
            top.addIds(one.id());
            top.addLogProbs(one.logProb());
            top.addTexts(text(one.id(), tokenizer));
        }
        return top.build();
    }

    /** The text of one token by itself. */
    static String text(int id, Tokenizer tokenizer) {
        Detokenizer alone = tokenizer.detokenizer();
        return alone.append(id) + alone.finish();
    }

    /** No more tokens come; true when a stop sequence ended the text after all. */
    boolean finish() {
        tell(stops.append(text.finish()) + stops.finish());
        return stops.stopped();
    }

    /** What has come since the last call; empty when nothing has. */
    @Nullable Tokens drain() {
        if (tokens.getIdsCount() == 0 && piece.isEmpty()) {
            return null;
        }
        Tokens drained = tokens.setText(piece.toString()).setChoice(index).build();
        tokens = Tokens.newBuilder();
        piece = new StringBuilder();
        return drained;
    }
}
