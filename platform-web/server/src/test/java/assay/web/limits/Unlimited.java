package assay.web.limits;

import assay.web.identity.Caller;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An installation in which nobody set a limit. */
public final class Unlimited implements Admissions {
    @Override
    public Admission generation(
            Caller caller, @Nullable String model, String prompt, int maxTokens) {
        return new Free();
    }

    @Override
    public Admission answer(Caller caller, @Nullable String model, String prompt, int maxTokens) {
        return new Free();
    }

    @Override
    public Admission request(Caller caller, @Nullable String model) {
        return new Free();
    }

    @Override
    public Admission items(Caller caller) {
        return new Free();
    }

    @Override
    public void checkStorage(Caller caller) {}

    private static final class Free implements Admission {
        @Override
        public List<LimitState> states() {
            return List.of();
        }

        @Override
        public void inputKnown(long tokens) {}

        @Override
        public void more(Need need) {}

        @Override
        public void settle(Need used) {}

        @Override
        public void close() {}
    }
}
