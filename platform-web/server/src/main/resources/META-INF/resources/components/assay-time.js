/*
 * A moment, as "3 minutes ago" or "in 90 days"; the whole date is in its tooltip. Attributes: datetime (Unix
 * milliseconds), lang.
 */
const STEPS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/* Clocks differ: what is this little ahead is now. */
const AHEAD_SECONDS = 10;

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
    const seconds = Math.round((millis - Date.now()) / 1000);
    const away = seconds > AHEAD_SECONDS ? seconds : Math.max(0, -seconds);
    const [unit, size] = STEPS.find(([, each]) => away >= each) ?? STEPS[3];
    // A span ahead is rounded: 90 days are still so a minute after they were chosen.
    const amount = seconds > AHEAD_SECONDS ? Math.round(away / size) : -Math.floor(away / size);
    this.textContent = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(amount, unit);
    this.title = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'medium' }).format(moment);
  }
}

customElements.define('assay-time', AssayTime);
