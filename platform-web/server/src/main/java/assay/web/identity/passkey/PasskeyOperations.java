package assay.web.identity.passkey;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import java.util.Map;
import java.util.UUID;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.webauthn.api.AuthenticatorSelectionCriteria;
import org.springframework.security.web.webauthn.api.CredentialRecord;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialCreationOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRpEntity;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.ResidentKeyRequirement;
import org.springframework.security.web.webauthn.api.UserVerificationRequirement;
import org.springframework.security.web.webauthn.management.PublicKeyCredentialCreationOptionsRequest;
import org.springframework.security.web.webauthn.management.PublicKeyCredentialRequestOptionsRequest;
import org.springframework.security.web.webauthn.management.RelyingPartyAuthenticationRequest;
import org.springframework.security.web.webauthn.management.RelyingPartyRegistrationRequest;
import org.springframework.security.web.webauthn.management.WebAuthnRelyingPartyOperations;
import org.springframework.security.web.webauthn.management.Webauthn4JRelyingPartyOperations;
import org.springframework.stereotype.Component;

/**
 * WebAuthn's ceremonies: Spring Security's own, for a person signed in by his account's id, with
 * user verification always, and with a record of each new passkey. Thread-safe.
 */
@Component
class PasskeyOperations implements WebAuthnRelyingPartyOperations {
    private static final String NAME = "Assay";

    private final PasskeyPeople people;
    private final PasskeyStore store;
    private final PasskeySettings settings;
    private final PasskeyOrigins origins;
    private final CurrentCaller callers;
    private final AuditedChanges changes;

    PasskeyOperations(
            PasskeyPeople people,
            PasskeyStore store,
            PasskeySettings settings,
            PasskeyOrigins origins,
            CurrentCaller callers,
            AuditedChanges changes) {
        this.people = people;
        this.store = store;
        this.settings = settings;
        this.origins = origins;
        this.callers = callers;
        this.changes = changes;
    }

    /** Made for each ceremony: the origins are known only once this gateway listens. */
    private WebAuthnRelyingPartyOperations ceremonies() {
        var site = PublicKeyCredentialRpEntity.builder().id(settings.domain()).name(NAME).build();
        var ceremonies =
                new Webauthn4JRelyingPartyOperations(people, store, site, origins.allowed());
        ceremonies.setCustomizeCreationOptions(options ->
                options.authenticatorSelection(
                        AuthenticatorSelectionCriteria.builder()
                                .residentKey(ResidentKeyRequirement.REQUIRED)
                                .userVerification(UserVerificationRequirement.REQUIRED)
                                .build()));
        ceremonies.setCustomizeRequestOptions(
                options -> options.userVerification(UserVerificationRequirement.REQUIRED));
        return ceremonies;
    }

    private Caller person() {
        return callers.known()
                .filter(caller -> caller.kind() == Caller.Kind.USER)
                .orElseThrow(() -> new WebException(ErrorCode.KEY_INVALID, "nobody is signed in"));
    }

    @Override
    public PublicKeyCredentialCreationOptions createPublicKeyCredentialCreationOptions(
            PublicKeyCredentialCreationOptionsRequest request) {
        Authentication byId =
                UsernamePasswordAuthenticationToken.authenticated(
                        person().id(), null, java.util.List.of());
        return ceremonies().createPublicKeyCredentialCreationOptions(() -> byId);
    }

    @Override
    public CredentialRecord registerCredential(RelyingPartyRegistrationRequest request) {
        Caller person = person();
        boolean own =
                people.find(request.getCreationOptions().getUser().getId())
                        .filter(each -> each.userId().toString().equals(person.id()))
                        .isPresent();
        if (!own) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "the passkey was begun for somebody else");
        }
        return changes.run(
                new AuditedChanges.Change(
                        person,
                        UUID.randomUUID().toString(),
                        "passkey.add",
                        "user",
                        person.id(),
                        "POST",
                        "/webauthn/register",
                        Map.of()),
                () -> ceremonies().registerCredential(request));
    }

    @Override
    public PublicKeyCredentialRequestOptions createCredentialRequestOptions(
            PublicKeyCredentialRequestOptionsRequest request) {
        return ceremonies().createCredentialRequestOptions(request);
    }

    @Override
    public PublicKeyCredentialUserEntity authenticate(RelyingPartyAuthenticationRequest request) {
        return ceremonies().authenticate(request);
    }
}
