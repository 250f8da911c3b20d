package assay.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.fault.AgentException;
import assay.engine.cache.TableUpdate;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.stage.v1.ActivationFrame;
import assay.stage.v1.ElementType;
import assay.stage.v1.LinkHello;
import assay.stage.v1.StageNotice;
import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LanesTest {
    private static final int WIDTH = 5;

    /** The answering side of a lane that nobody listens to. */
    private static final class Unheard extends ServerCallStreamObserver<StageNotice> {
        @Override
        public void request(int count) {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void setMessageCompression(boolean enable) {}

        @Override
        public void onNext(StageNotice notice) {}

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onCompleted() {}
    }

    private static MicroBatch batch(long id, int tokens) {
        return new MicroBatch(
                id,
                List.of(
                        new Slice(
                                9, 3, tokens, true, null, new TableUpdate(1, new int[] {4, 700}))));
    }

    private static MemorySegment rows(Random random, int tokens) {
        float[] values = new float[tokens * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return MemorySegment.ofArray(values);
    }

    private static InLanes connected(int lanes, List<InLink> links) {
        InLanes in = new InLanes(8);
        for (int lane = 0; lane < lanes; lane++) {
            links.add(new InLink(new Unheard()));
            LinkHello hello =
                    LinkHello.newBuilder().setLinkId(77).setLane(lane).setLanes(lanes).build();
            assertThat(in.connect(links.getLast(), hello)).isEqualTo(lane == lanes - 1);
        }
        return in;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void messagesComeWholeAndInOrderHoweverTheLanesRace(int lanes) {
        Random random = new Random(lanes);
        List<InLink> links = new ArrayList<>();
        InLanes in = connected(lanes, links);
        List<Deque<ActivationFrame>> under = new ArrayList<>();
        IntStream.range(0, lanes).forEach(i -> under.add(new ArrayDeque<>()));
        List<MemorySegment> sent = new ArrayList<>();
        for (int ordinal = 0; ordinal < 60; ordinal++) {
            List<ActivationFrame.Builder> frames;
            if (ordinal % 5 == 4) {
                frames = List.of(StepFrames.release(1, List.of((long) ordinal)));
                sent.add(MemorySegment.NULL);
            } else {
                int tokens = 1 + random.nextInt(9);
                MemorySegment rows = rows(random, tokens);
                ByteString bytes = Activations.encode(rows, ElementType.ELEMENT_TYPE_F32);
                frames =
                        StepFrames.step(
                                1,
                                batch(ordinal, tokens),
                                bytes,
                                ElementType.ELEMENT_TYPE_F32,
                                StepTimings.NONE.and(5, 2),
                                32);
                sent.add(rows);
            }
            for (int i = 0; i < frames.size(); i++) {
                under.get((ordinal + i) % lanes).add(frames.get(i).setOrdinal(ordinal).build());
            }
        }
        List<InLanes.Message> came = new ArrayList<>();
        while (came.size() < sent.size()) {
            int lane = random.nextInt(lanes);
            ActivationFrame frame = under.get(lane).poll();
            if (frame != null) {
                came.addAll(in.take(links.get(lane), frame));
            }
        }
        for (int i = 0; i < sent.size(); i++) {
            InLanes.Message message = came.get(i);
            assertThat(message.first().getOrdinal()).isEqualTo(i);
            if (message.first().hasStep()) {
                MicroBatch batch = StepFrames.batch(message.first().getStep());
                assertThat(batch).isEqualTo(batch(i, batch.tokens()));
                MemorySegment rows = StepFrames.hidden(message, batch, WIDTH).data();
                assertThat(rows.mismatch(sent.get(i))).isEqualTo(-1);
                assertThat(StepFrames.times(message.first().getStep()).computeNanos()).isEqualTo(5);
            } else {
                assertThat(message.first().getRelease().getSequenceIds(0)).isEqualTo(i);
            }
        }
    }

    @Test
    void damagedActivationsAreRefused() {
        List<InLink> links = new ArrayList<>();
        InLanes in = connected(1, links);
        ActivationFrame.Builder frame =
                StepFrames.step(
                                1,
                                batch(1, 2),
                                rows(new Random(1), 2),
                                ElementType.ELEMENT_TYPE_F32,
                                StepTimings.NONE)
                        .getFirst();
        byte[] bytes = frame.getStep().getHidden().toByteArray();
        bytes[7] ^= 4;
        frame.getStepBuilder().setHidden(ByteString.copyFrom(bytes));
        assertThatThrownBy(() -> in.take(links.getFirst(), frame.build()))
                .isInstanceOf(AgentException.class)
                .hasMessageContaining("CRC32C");
    }

    @Test
    void activationsOfAnotherSizeThanTheBatchAreRefused() {
        List<InLink> links = new ArrayList<>();
        InLanes in = connected(1, links);
        ActivationFrame frame =
                StepFrames.step(
                                1,
                                batch(1, 3),
                                rows(new Random(1), 2),
                                ElementType.ELEMENT_TYPE_F32,
                                StepTimings.NONE)
                        .getFirst()
                        .build();
        InLanes.Message message = in.take(links.getFirst(), frame).getFirst();
        assertThatThrownBy(() -> StepFrames.hidden(message, batch(1, 3), WIDTH))
                .hasMessageContaining("40 bytes (expected: 60)");
    }

    @Test
    void aBf16IsTheNearestOneWithTiesToEven() {
        assertThat(Activations.bf16(0x3f80_0000)).isEqualTo((short) 0x3f80);
        assertThat(Activations.bf16(0x3f80_8000)).isEqualTo((short) 0x3f80);
        assertThat(Activations.bf16(0x3f81_8000)).isEqualTo((short) 0x3f82);
        assertThat(Activations.bf16(0x3f80_8001)).isEqualTo((short) 0x3f81);
        assertThat(Activations.bf16(0x7f7f_ffff))
                .as("rounds to infinity")
                .isEqualTo((short) 0x7f80);
        assertThat(Activations.bf16(0x7f80_0001)).as("not a number").isEqualTo((short) 0x7fc0);
        assertThat(Activations.bf16(0xff80_0000)).isEqualTo((short) 0xff80);
    }

    @Test
    void bf16KeepsSevenBitsOfEachValue() {
        Random random = new Random(5);
        MemorySegment rows = rows(random, 40);
        ByteString bytes = Activations.encode(rows, ElementType.ELEMENT_TYPE_BF16);
        assertThat(bytes.size()).isEqualTo(40 * WIDTH * 2);
        MemorySegment back =
                Activations.decode(List.of(bytes), ElementType.ELEMENT_TYPE_BF16, 40 * WIDTH);
        for (int i = 0; i < 40 * WIDTH; i++) {
            float was = rows.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
            float is = back.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
            assertThat(Math.abs(is - was)).isLessThanOrEqualTo(Math.abs(was) / 256);
        }
    }
}
