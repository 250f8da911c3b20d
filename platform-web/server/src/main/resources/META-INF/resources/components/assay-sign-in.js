/*
 * Wraps the sign-in form: puts the anti-forgery token in, asks for what is empty before anything is
 * sent, warns of Caps Lock, shows and hides the password.
 */
class AssaySignIn extends HTMLElement {
  connectedCallback() {
    this.addEventListener('submit', this.check);
    this.addEventListener('keyup', this.capsLock);
    this.addEventListener('click', this.reveal);
    this.addEventListener('input', this.forget);
    requestAnimationFrame(() => this.querySelector('input')?.focus());
  }

  disconnectedCallback() {
    this.removeEventListener('submit', this.check);
    this.removeEventListener('keyup', this.capsLock);
    this.removeEventListener('click', this.reveal);
    this.removeEventListener('input', this.forget);
  }

  check = (event) => {
    const inputs = [...this.querySelectorAll('input[aria-describedby]')];
    const empty = inputs.filter((input) => input.value.trim() === '');
    inputs.forEach((input) => this.mark(input, empty.includes(input)));
    if (empty.length > 0) {
      event.preventDefault();
      empty[0].focus();
      return;
    }
    this.addToken(event.target);
    event.target.querySelector('[type=submit]').setAttribute('aria-busy', 'true');
  };

  addToken(form) {
    const name = document.querySelector('meta[name="_csrf_parameter"]')?.content;
    const value = document.querySelector('meta[name="_csrf"]')?.content;
    if (name && value && !form.elements.namedItem(name)) {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = name;
      field.value = value;
      form.append(field);
    }
  }

  capsLock = (event) => {
    if (event.target.type === 'password' && event.getModifierState) {
      this.toggleAttribute('caps', event.getModifierState('CapsLock'));
    }
  };

  reveal = (event) => {
    const button = event.target.closest?.('[data-reveal]');
    if (!button) {
      return;
    }
    const input = button.closest('.field-box').querySelector('input');
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  };

  forget = (event) => this.mark(event.target, false);

  mark(input, wrong) {
    input.toggleAttribute('data-empty', wrong);
    input.setAttribute('aria-invalid', String(wrong));
  }
}

customElements.define('assay-sign-in', AssaySignIn);
