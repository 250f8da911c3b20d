/*
 * A moment, as "3 minutes ago"; the whole date is in its tooltip. Attributes: datetime (Unix
 * milliseconds), lang.
 */
const STEPS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

class AssayTime extends HTMLElement {
  static observedAttributes = ['datetime', 'lang'];

  connectedCallback() {
    this.timer = setInterval(() => this.show(), 5000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback() {
    if (this.isConnected) {
      this.show();
    }
  }

  show() {
    const millis = Number(this.getAttribute('datetime'));
    if (!millis) {
      this.textContent = '–';
      return;
    }
    const lang = this.getAttribute('lang') || undefined;
    const moment = new Date(millis);
    const seconds = Math.round((Date.now() - millis) / 1000);
    const [unit, size] = STEPS.find(([, each]) => seconds >= each) ?? STEPS[3];
    const amount = Math.max(0, Math.floor(seconds / size));
    this.textContent = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-amount, unit);
    this.title = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'medium' }).format(moment);
  }
}

customElements.define('assay-time', AssayTime);
