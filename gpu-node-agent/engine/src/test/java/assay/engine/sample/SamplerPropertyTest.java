package assay.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import assay.engine.sample.constrain.TokenMask;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sampler against its definition, written down plainly in double. */
class SamplerPropertyTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 1_000, 1_024, 1_025, 2_500, 4_097})
    void choosesWhatTheDefinitionSays(int size) {
        Random random = new Random(size);
        Sampler sampler = new Sampler(size);
        for (int i = 0; i < (size < 1_000 ? 300 : 60); i++) {
            float[] logits = logits(size, random);
            SamplingParams params = params(size, random);
            int[] prompt = ids(size, random);
            int[] generated = ids(size, random);
            TokenMask mask = random.nextInt(3) == 0 ? mask(size, random) : null;
            float[] before = logits.clone();
            Sampled sampled =
                    sampler.sample(logits, params, TokenHistory.of(prompt, generated), i, mask);
            assertThat(logits).isEqualTo(before);
            assertThat(sampled.id())
                    .as("round %d: %s", i, params)
                    .isEqualTo(definition(logits, params, prompt, generated, i, mask));
            checkLogProbs(logits, sampled, params.topLogProbs());
            checkLogProbs(logits, sampler.rate(logits, random.nextInt(size), 5), 5);
        }
    }

    private static float[] logits(int size, Random random) {
        float[] logits = new float[size];
        boolean ties = random.nextBoolean();
        float width = 1 + 6 * random.nextFloat();
        for (int id = 0; id < size; id++) {
            float value = (float) random.nextGaussian() * width;
            logits[id] = ties ? Math.round(value) : value;
        }
        return logits;
    }

    private static SamplingParams params(int size, Random random) {
        Cut cut =
                new Cut(
                        random.nextInt(3) == 0 ? random.nextFloat() : 0,
                        random.nextInt(3) == 0 ? random.nextInt(2 * size) : 0,
                        random.nextInt(3) == 0 ? 1 : 1 - random.nextFloat());
        Penalties penalties =
                random.nextBoolean()
                        ? Penalties.NONE
                        : new Penalties(
                                0.5f + random.nextFloat(),
                                4 * random.nextFloat() - 2,
                                4 * random.nextFloat() - 2);
        Map<Integer, Float> bias = new HashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            bias.put(random.nextInt(size), 20 * random.nextFloat() - 10);
        }
        float temperature = random.nextInt(4) == 0 ? random.nextInt(2) : 3 * random.nextFloat();
        return new SamplingParams(
                temperature,
                cut,
                random.nextLong(),
                penalties,
                new LogitBias(bias),
                random.nextInt(21));
    }

    private static int[] ids(int size, Random random) {
        return random.ints(random.nextInt(60), 0, size).toArray();
    }

    private static TokenMask mask(int size, Random random) {
        int[] some = random.ints(1 + random.nextInt(size), 0, size).toArray();
        return TokenMask.of(size, some);
    }

    private static int definition(
            float[] logits,
            SamplingParams params,
            int[] prompt,
            int[] generated,
            int position,
            @Nullable TokenMask mask) {
        float[] values = penalised(logits, params, prompt, generated);
        List<Integer> ids =
                new ArrayList<>(
                        IntStream.range(0, logits.length)
                                .filter(id -> mask == null || mask.allows(id))
                                .boxed()
                                .toList());
        ids.sort(Comparator.comparingDouble((Integer id) -> -values[id]).thenComparing(id -> id));
        if (params.greedy()) {
            return ids.getFirst();
        }
        double[] shares = new double[logits.length];
        for (int id : ids) {
            double away = (double) values[id] - values[ids.getFirst()];
            shares[id] = Math.exp(away / params.temperature());
        }
        Cut cut = params.cut();
        ids.removeIf(id -> shares[id] < cut.minP());
        List<Integer> kept =
                ids.subList(0, Math.min(cut.topK() == 0 ? ids.size() : cut.topK(), ids.size()));
        double total = kept.stream().mapToDouble(id -> shares[id]).sum();
        int count = 0;
        for (double sum = 0; count < kept.size() && sum < cut.topP() * total; count++) {
            sum += shares[kept.get(count)];
        }
        List<Integer> drawn =
                new ArrayList<>(kept.subList(0, cut.topP() == 1 ? kept.size() : count));
        drawn.sort(Comparator.naturalOrder());
        double left = drawn.stream().mapToDouble(id -> shares[id]).sum();
        double target = Philox.uniform(params.seed(), position) * left;
        double reached = 0;
        for (int id : drawn) {
            reached += shares[id];
            if (reached > target) {
                return id;
            }
        }
        return drawn.getLast();
    }

    private static float[] penalised(
            float[] logits, SamplingParams params, int[] prompt, int[] generated) {
        float[] values = logits.clone();
        params.bias().addends().forEach((id, addend) -> values[id] += addend);
        Penalties penalties = params.penalties();
        Map<Integer, Integer> times = new HashMap<>();
        IntStream.of(prompt).forEach(id -> times.put(id, 0));
        IntStream.of(generated).forEach(id -> times.merge(id, 1, Integer::sum));
        times.forEach((id, count) -> {
            values[id] =
                    values[id] > 0
                            ? values[id] / penalties.repetition()
                            : values[id] * penalties.repetition();
            if (count > 0) {
                values[id] -= penalties.frequency() * count + penalties.presence();
            }
        });
        return values;
    }

    private static void checkLogProbs(float[] logits, Sampled sampled, int count) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double logSum = Math.log(sum);
        assertThat((double) sampled.logProb())
                .isCloseTo(logits[sampled.id()] - logSum, within(2e-6));
        List<Integer> ids = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
        ids.sort(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id));
        assertThat(sampled.top())
                .extracting(TokenLogProb::id)
                .isEqualTo(ids.subList(0, Math.min(count, ids.size())));
        for (TokenLogProb one : sampled.top()) {
            assertThat((double) one.logProb()).isCloseTo(logits[one.id()] - logSum, within(2e-6));
        }
    }

    @Test
    void sharesAreExponentials() {
        float[] logits = new float[4_001];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = -i / 50f;
        }
        float[] shares = new float[logits.length];
        Shares.of(logits, logits.length, 0, 1, shares);
        for (int i = 0; i < logits.length; i++) {
            double exact = Math.exp(logits[i]);
            double error = Math.abs(shares[i] / exact - 1);
            assertThat(exact > 1e-30 ? error : 0).as("exp(%s)", logits[i]).isLessThan(2e-7);
            assertThat(shares[i]).isBetween(1e-38f, 1f);
        }
        Shares.of(new float[] {3, 2, Float.MAX_VALUE}, 3, Float.MAX_VALUE, Float.MIN_VALUE, shares);
        assertThat(shares[2]).isEqualTo(1);
        assertThat(shares[0]).isLessThan(1e-37f);
    }
}
