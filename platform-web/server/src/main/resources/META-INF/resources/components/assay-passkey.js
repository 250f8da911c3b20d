/*
 * A button that asks the browser for a passkey. mode="sign-in" signs in and goes on to where the
 * visitor wanted to be; mode="register" makes a new passkey, named by the attribute label, and says
 * so by the event passkey-registered.
 */
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const descriptors = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

class AssayPasskey extends HTMLElement {
  connectedCallback() {
    this.toggleAttribute('unsupported', !window.PublicKeyCredential);
    this.addEventListener('click', this.ask);
  }

  disconnectedCallback() {
    this.removeEventListener('click', this.ask);
  }

  ask = async (event) => {
    const button = event.target.closest?.('button');
    if (!button || button.disabled) {
      return;
    }
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    this.removeAttribute('failed');
    try {
      await (this.getAttribute('mode') === 'register' ? this.register() : this.signIn());
    } catch (failure) {
      // Who closed the browser's own dialog knows that; anything else is told.
      this.toggleAttribute('failed', failure?.name !== 'AbortError');
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  };

  async signIn() {
    const options = await this.post('webauthn/authenticate/options', {});
    const passkey = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: descriptors(options.allowCredentials)
      }
    });
    const { response } = passkey;
    const answer = await this.post('login/webauthn', {
      ...this.common(passkey),
      response: {
        authenticatorData: text(response.authenticatorData),
        clientDataJSON: text(response.clientDataJSON),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : undefined
      }
    });
    location.assign(new URL(answer.redirectUrl ?? '.', document.baseURI));
  }

  async register() {
    const options = await this.post('webauthn/register/options', {});
    const passkey = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: descriptors(options.excludeCredentials)
      }
    });
    const { response } = passkey;
    await this.post('webauthn/register', {
      publicKey: {
        credential: {
          ...this.common(passkey),
          response: {
            attestationObject: text(response.attestationObject),
            clientDataJSON: text(response.clientDataJSON),
            transports: response.getTransports?.() ?? []
          }
        },
        label: this.getAttribute('label') || 'Passkey'
      }
    });
    this.dispatchEvent(new CustomEvent('passkey-registered'));
  }

  common(passkey) {
    return {
      id: passkey.id,
      rawId: text(passkey.rawId),
      type: passkey.type,
      clientExtensionResults: passkey.getClientExtensionResults(),
      authenticatorAttachment: passkey.authenticatorAttachment ?? undefined
    };
  }

  async post(path, body) {
    const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
    const headers = { 'Content-Type': 'application/json' };
    if (meta('_csrf_header') && meta('_csrf')) {
      headers[meta('_csrf_header')] = meta('_csrf');
    }
    const answer = await fetch(new URL(path, document.baseURI), {
      method: 'POST',
      headers,
      body: JSON.stringify(body)
    });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    return answer.json();
  }
}

customElements.define('assay-passkey', AssayPasskey);
