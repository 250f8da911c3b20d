/*
 * Bars over time, each a button: property "bars" is JSON, [{from, to, parts: [success, failure,
 * denied], label}]. A click, Enter, or a drag over several sends "narrow" with {from, to} in
 * milliseconds. One bar is in the tab order; the arrows, Home and End go to the others.
 */
class AssayBars extends HTMLElement {
  connectedCallback() {
    if (Object.hasOwn(this, 'bars')) {
      const value = this.bars;
      delete this.bars;
      this.bars = value;
    }
    this.addEventListener('pointerdown', this.press);
    this.addEventListener('pointermove', this.move);
    this.addEventListener('pointerup', this.release);
    this.addEventListener('pointercancel', this.cancel);
    this.addEventListener('keydown', this.key);
    this.addEventListener('click', this.click);
  }

  disconnectedCallback() {
    this.removeEventListener('pointerdown', this.press);
    this.removeEventListener('pointermove', this.move);
    this.removeEventListener('pointerup', this.release);
    this.removeEventListener('pointercancel', this.cancel);
    this.removeEventListener('keydown', this.key);
    this.removeEventListener('click', this.click);
  }

  set bars(json) {
    this.data = JSON.parse(json || '[]');
    this.draw();
  }

  draw() {
    const most = Math.max(1, ...this.data.map((bar) => bar.parts.reduce((a, b) => a + b, 0)));
    this.replaceChildren(
      ...this.data.map((bar, index) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'bar';
        button.tabIndex = index === 0 ? 0 : -1;
        button.title = bar.label;
        button.setAttribute('aria-label', bar.label);
        bar.parts.forEach((count, part) => {
          const piece = document.createElement('span');
          piece.className = 'bar-part bar-' + part;
          // What is there at all can be seen.
          piece.style.blockSize = count ? `max(2px, ${(100 * count) / most}%)` : '0';
          button.append(piece);
        });
        return button;
      }),
    );
  }

  indexAt(x) {
    const buttons = [...this.children];
    const found = buttons.findIndex((each) => x < each.getBoundingClientRect().right);
    return found < 0 ? buttons.length - 1 : found;
  }

  press = (event) => {
    if (event.button === 0 && this.data?.length) {
      this.first = this.last = this.indexAt(event.clientX);
      this.mark();
    }
  };

  move = (event) => {
    if (this.first !== undefined && event.buttons) {
      this.last = this.indexAt(event.clientX);
      this.mark();
    }
  };

  release = () => {
    if (this.first !== undefined) {
      const [from, to] = [Math.min(this.first, this.last), Math.max(this.first, this.last)];
      const dragged = from !== to;
      this.cancel();
      if (dragged) {
        this.dragged = true;
        this.narrow(from, to);
      }
    }
  };

  cancel = () => {
    this.first = this.last = undefined;
    this.mark();
  };

  mark() {
    const [from, to] = [Math.min(this.first, this.last), Math.max(this.first, this.last)];
    [...this.children].forEach((each, index) =>
      each.classList.toggle('chosen', this.first !== undefined && index >= from && index <= to),
    );
  }

  click = (event) => {
    if (this.dragged) {
      this.dragged = false;
      return;
    }
    const index = [...this.children].indexOf(event.target.closest('button'));
    if (index >= 0) {
      this.narrow(index, index);
    }
  };

  key = (event) => {
    const buttons = [...this.children];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at >= 0 && to !== undefined && buttons[to]) {
      event.preventDefault();
      buttons[at].tabIndex = -1;
      buttons[to].tabIndex = 0;
      buttons[to].focus();
    }
  };

  narrow(from, to) {
    this.dispatchEvent(
      new CustomEvent('narrow', {
        detail: { from: this.data[from].from, to: this.data[to].to },
      }),
    );
  }
}

customElements.define('assay-bars', AssayBars);
