/*
 * Two rates over the last minutes as an SVG: generated tokens as a line over an area, prompt tokens
 * as a dashed line. Properties: points (JSON: [[unix millis, generated, prompt], …], oldest first),
 * unit, ago (JSON: labels of the time axis, oldest first), names (JSON: generated, prompt).
 */
const SPAN_MILLIS = 120_000;
const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = ['points', 'unit', 'ago', 'names'];

class AssayRates extends HTMLElement {
  constructor() {
    super();
    this.observer = new ResizeObserver(() => this.draw());
  }

  connectedCallback() {
    for (const name of PROPERTIES) {
      // Set before this module ran: an own property hides the accessor.
      if (Object.hasOwn(this, name)) {
        const early = this[name];
        delete this[name];
        this[name] = early;
      }
    }
    if (!this.svg) {
      this.svg = document.createElementNS(SVG, 'svg');
      this.svg.setAttribute('aria-hidden', 'true');
      this.readout = document.createElement('output');
      this.readout.setAttribute('aria-hidden', 'true');
      this.attachShadow({ mode: 'open' }).append(this.style(), this.svg, this.readout);
      this.addEventListener('pointermove', (event) => this.point(event.offsetX));
      this.addEventListener('pointerleave', () => this.point(null));
    }
    this.observer.observe(this);
    this.draw();
  }

  disconnectedCallback() {
    this.observer.disconnect();
  }

  style() {
    const style = document.createElement('style');
    style.textContent = `
      :host { display: block; position: relative; height: 13rem; }
      svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
      text { font: 500 0.6875rem/1 var(--aura-font-family); fill: var(--ink-3); font-variant-numeric: tabular-nums; }
      .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
      .area { fill: color-mix(in oklab, var(--accent) 16%, transparent); }
      .generated { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
      .prompt { fill: none; stroke: var(--brass-ink); stroke-width: 1.5; stroke-dasharray: 3 4; stroke-linecap: round; }
      .cursor { stroke: var(--ink-3); stroke-width: 1; }
      .now { fill: var(--accent); stroke: var(--panel); stroke-width: 2; }
      output { position: absolute; top: 0; padding: 0.35rem 0.6rem; border-radius: 0.4rem; font-size: 0.75rem;
        white-space: nowrap; pointer-events: none; background: var(--ink); color: var(--panel);
        font-variant-numeric: tabular-nums; transform: translateX(-50%); }
      output:empty { display: none; }`;
    return style;
  }

  get list() {
    try {
      return JSON.parse(this.points || '[]');
    } catch {
      return [];
    }
  }

  scale(points) {
    const most = Math.max(4, ...points.map((each) => Math.max(each[1], each[2])));
    const power = 10 ** Math.floor(Math.log10(most));
    const top = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((each) => each * power).find((each) => each >= most);
    const left = 34;
    const box = { left, right: this.clientWidth - 8, top: 10, bottom: this.clientHeight - 22 };
    const end = points.length ? points.at(-1)[0] : Date.now();
    return {
      ...box,
      most: top,
      x: (millis) => box.right - ((end - millis) / SPAN_MILLIS) * (box.right - box.left),
      y: (rate) => box.bottom - (rate / top) * (box.bottom - box.top),
    };
  }

  draw() {
    if (!this.svg || !this.clientWidth) {
      return;
    }
    const points = this.list;
    const scale = this.scale(points);
    const shown = points.filter((each) => scale.x(each[0]) >= scale.left - 1);
    const line = (index) =>
      shown.map((each, i) => `${i ? 'L' : 'M'}${scale.x(each[0]).toFixed(1)} ${scale.y(each[index]).toFixed(1)}`).join('');
    this.svg.replaceChildren(...this.axes(scale));
    if (shown.length > 1) {
      const first = scale.x(shown[0][0]).toFixed(1);
      this.add('path', { class: 'area', d: `${line(1)}L${scale.x(shown.at(-1)[0])} ${scale.bottom}L${first} ${scale.bottom}Z` });
      this.add('path', { class: 'prompt', d: line(2) });
      this.add('path', { class: 'generated', d: line(1) });
      this.add('circle', { class: 'now', r: 4.5, cx: scale.right, cy: scale.y(shown.at(-1)[1]) });
    }
    this.cursor = this.add('line', { class: 'cursor', y1: scale.top, y2: scale.bottom, visibility: 'hidden' });
  }

  axes(scale) {
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const y = scale.y(scale.most * share);
      parts.push(this.make('line', { class: 'grid', x1: scale.left, x2: scale.right, y1: y, y2: y }));
      parts.push(this.label(scale.left - 8, y + 4, 'end', this.number(scale.most * share)));
    }
    const ago = JSON.parse(this.ago || '[]');
    ago.forEach((text, i) => {
      const share = i / Math.max(1, ago.length - 1);
      const anchor = i === 0 ? 'start' : share === 1 ? 'end' : 'middle';
      parts.push(this.label(scale.left + share * (scale.right - scale.left), this.clientHeight - 4, anchor, text));
    });
    return parts;
  }

  point(offset) {
    const points = this.list;
    if (!this.cursor || offset === null || points.length === 0) {
      this.cursor?.setAttribute('visibility', 'hidden');
      this.readout.textContent = '';
      return;
    }
    const scale = this.scale(points);
    const away = (each) => Math.abs(scale.x(each[0]) - offset);
    const near = points.reduce((best, each) => (away(each) < away(best) ? each : best));
    const x = scale.x(near[0]);
    const names = JSON.parse(this.names || '["",""]');
    this.cursor.setAttribute('x1', x);
    this.cursor.setAttribute('x2', x);
    this.cursor.setAttribute('visibility', 'visible');
    this.readout.textContent = `${names[0]} ${this.number(near[1])} · ${names[1]} ${this.number(near[2])} ${this.unit ?? ''}`;
    const half = this.readout.offsetWidth / 2;
    this.readout.style.left = `${Math.min(Math.max(x, half), this.clientWidth - half)}px`;
  }

  number(value) {
    return new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  }

  label(x, y, anchor, text) {
    const label = this.make('text', { x, y, 'text-anchor': anchor });
    label.textContent = text;
    return label;
  }

  make(name, attributes) {
    const part = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => part.setAttribute(key, value));
    return part;
  }

  add(name, attributes) {
    return this.svg.appendChild(this.make(name, attributes));
  }
}

for (const name of PROPERTIES) {
  const field = `held_${name}`;
  Object.defineProperty(AssayRates.prototype, name, {
    get() {
      return this[field];
    },
    set(value) {
      this[field] = value;
      this.draw();
    },
  });
}

customElements.define('assay-rates', AssayRates);
