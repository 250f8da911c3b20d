package assay.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.fake.TestAuthority;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerIdentityTest {
    private static final String ID = "00000000-0000-0000-0000-000000000001";

    @Test
    void theIdentityIsTheUriOfTheCertificate() {
        var certificate = new TestAuthority().issue("urn:assay:node:" + ID, "h").certificate();
        assertThat(PeerIdentity.of(certificate))
                .contains(new PeerIdentity(PeerKind.NODE, UUID.fromString(ID)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "urn:assay:node",
                "urn:assay:root:" + ID,
                "urn:other:node:" + ID,
                "urn:assay:node:1:2",
                "urn:assay:node:x"
            })
    void whatIsNotOneOfOursIsNobody(String urn) {
        assertThat(PeerIdentity.parse(urn)).isEmpty();
        assertThat(PeerIdentity.of(new TestAuthority().issue(urn).certificate())).isEmpty();
    }
}
