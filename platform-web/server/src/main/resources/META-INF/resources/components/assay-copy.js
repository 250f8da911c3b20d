/*
 * Wraps a button: a click copies the text of the element whose id is in the attribute "from", or
 * the attribute "text", and shows for two seconds that it is done.
 */
class AssayCopy extends HTMLElement {
  connectedCallback() {
    this.addEventListener('click', this.copy);
  }

  disconnectedCallback() {
    this.removeEventListener('click', this.copy);
    clearTimeout(this.timer);
  }

  copy = async () => {
    const source = document.getElementById(this.getAttribute('from'));
    const text = source ? source.textContent.replace(/\n$/, '') : this.getAttribute('text');
    const full = this.hasAttribute('link') ? new URL(text, document.baseURI).href : text;
    try {
      await navigator.clipboard.writeText(full);
      this.dataset.state = 'done';
    } catch {
      this.dataset.state = 'failed';
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => delete this.dataset.state, 2000);
  };
}

customElements.define('assay-copy', AssayCopy);
