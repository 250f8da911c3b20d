/*
 * Figures over the last minutes as an SVG: the first as a line over an area, further ones dashed
 * and dotted. Properties: points (JSON: [[unix millis, figure, …], …], oldest first, null where
 * nothing is known), span (milliseconds), top (where the scale ends; 0 to follow the figures), unit
 * ("percent", "bytes", "bytes-per-second", "celsius", "watts", "rate"), suffix (said after a rate),
 * ago (JSON: labels of the time axis, oldest first), names (JSON: of the figures). add(json)
 * appends points. gap (milliseconds): the line is not drawn over a longer time without points.
 */
const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = ['points', 'span', 'gap', 'top', 'unit', 'suffix', 'ago', 'names'];
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const ROUND = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
/* Where nothing else is said. */
const GAP_MILLIS = 12_000;

class AssayChart extends HTMLElement {
  constructor() {
    super();
    this.list = [];
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
      :host { display: block; position: relative; height: var(--chart-height, 13rem); }
      svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
      text { font: 500 0.6875rem/1 var(--aura-font-family); fill: var(--ink-3); font-variant-numeric: tabular-nums; }
      .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
      .area { fill: color-mix(in oklab, var(--accent) 16%, transparent); }
      .line { fill: none; stroke-linejoin: round; stroke-linecap: round; }
      .line-0 { stroke: var(--accent); stroke-width: 2; }
      .line-1 { stroke: var(--brass-ink); stroke-width: 1.5; stroke-dasharray: 3 4; }
      .line-2 { stroke: var(--undecided); stroke-width: 1.5; stroke-dasharray: 1 4; }
      .dot-0 { fill: var(--accent); }
      .dot-1 { fill: var(--brass-ink); }
      .dot-2 { fill: var(--undecided); }
      .cursor { stroke: var(--ink-3); stroke-width: 1; }
      .now { fill: var(--accent); stroke: var(--panel); stroke-width: 2; }
      output { position: absolute; top: 0; padding: 0.35rem 0.6rem; border-radius: 0.4rem; font-size: 0.75rem;
        white-space: nowrap; pointer-events: none; background: var(--ink); color: var(--panel);
        font-variant-numeric: tabular-nums; transform: translateX(-50%); z-index: 1; }
      output:empty { display: none; }`;
    return style;
  }

  /* From the server: what came since the last call. */
  add(json) {
    const newest = this.list.length ? this.list.at(-1)[0] : 0;
    const fresh = JSON.parse(json).filter((each) => each[0] > newest);
    this.list = this.list.concat(fresh);
    const end = this.list.length ? this.list.at(-1)[0] : 0;
    this.list = this.list.filter((each) => each[0] > end - this.millis - this.gapMillis);
    this.draw();
  }

  get millis() {
    return Number(this.span) || 120_000;
  }

  get gapMillis() {
    return Number(this.gap) || GAP_MILLIS;
  }

  /* A figure is null where it was not told. */
  scale(points) {
    const figures = points.flatMap((each) => each.slice(1)).filter((each) => each !== null);
    const top = Number(this.top) || this.roundTop(Math.max(this.least(), ...figures));
    const left = this.unit?.startsWith('bytes') ? 58 : 38;
    const box = { left, right: this.clientWidth - 8, top: 10, bottom: this.clientHeight - 22 };
    const end = points.length ? points.at(-1)[0] : Date.now();
    return {
      ...box,
      most: top,
      x: (millis) => box.right - ((end - millis) / this.millis) * (box.right - box.left),
      y: (figure) => box.bottom - (Math.min(figure, top) / top) * (box.bottom - box.top),
    };
  }

  least() {
    return this.unit?.startsWith('bytes') ? 1024 : this.unit === 'percent' ? 0.01 : 4;
  }

  roundTop(most) {
    const base = this.unit?.startsWith('bytes') ? 1024 ** Math.floor(Math.log2(most) / 10) : 1;
    const scaled = most / base;
    const power = 10 ** Math.floor(Math.log10(scaled));
    return base * ROUND.map((each) => each * power).find((each) => each >= scaled * 0.9999);
  }

  draw() {
    if (!this.svg || !this.clientWidth) {
      return;
    }
    const points = this.list;
    const scale = this.scale(points);
    const shown = points.filter((each) => scale.x(each[0]) >= scale.left - 1);
    this.svg.replaceChildren(...this.axes(scale));
    const lines = shown.length ? shown[0].length - 1 : 0;
    for (let line = lines; line >= 1; line--) {
      for (const run of this.runs(shown, line)) {
        this.drawRun(run, line, scale);
      }
    }
    const last = shown.at(-1);
    if (last && last[1] !== null) {
      this.put('circle', { class: 'now', r: 4.5, cx: scale.right, cy: scale.y(last[1]) });
    }
    this.cursor = this.put('line', { class: 'cursor', y1: scale.top, y2: scale.bottom, visibility: 'hidden' });
  }

  /* Stretches without a gap. */
  runs(points, line) {
    const runs = [];
    let before = null;
    for (const each of points) {
      if (each[line] === null) {
        before = null;
        continue;
      }
      if (before === null || each[0] - before > this.gapMillis) {
        runs.push([]);
      }
      runs.at(-1).push(each);
      before = each[0];
    }
    return runs;
  }

  drawRun(run, line, scale) {
    if (run.length === 1) {
      const [at] = run[0];
      const y = scale.y(run[0][line]);
      this.put('circle', { class: `dot-${line - 1}`, r: 3, cx: scale.x(at), cy: y });
      return;
    }
    const path = run
      .map((each, i) => `${i ? 'L' : 'M'}${scale.x(each[0]).toFixed(1)} ${scale.y(each[line]).toFixed(1)}`)
      .join('');
    if (line === 1) {
      const first = scale.x(run[0][0]).toFixed(1);
      const end = scale.x(run.at(-1)[0]).toFixed(1);
      this.put('path', { class: 'area', d: `${path}L${end} ${scale.bottom}L${first} ${scale.bottom}Z` });
    }
    this.put('path', { class: `line line-${line - 1}`, d: path });
  }

  axes(scale) {
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const y = scale.y(scale.most * share);
      parts.push(this.make('line', { class: 'grid', x1: scale.left, x2: scale.right, y1: y, y2: y }));
      parts.push(this.label(scale.left - 8, y + 4, 'end', this.format(scale.most * share)));
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
    const names = JSON.parse(this.names || '[]');
    this.cursor.setAttribute('x1', x);
    this.cursor.setAttribute('x2', x);
    this.cursor.setAttribute('visibility', 'visible');
    const figures = near.slice(1).map((each, i) => `${names[i] ?? ''} ${each === null ? '–' : this.format(each)}`);
    this.readout.textContent = `${figures.join(' · ')} ${this.suffix ?? ''}`.trim();
    const half = this.readout.offsetWidth / 2;
    this.readout.style.left = `${Math.min(Math.max(x, half), this.clientWidth - half)}px`;
  }

  format(figure) {
    switch (this.unit) {
      case 'percent':
        return `${this.number(figure * 100, 0)} %`.replace(' %', '%');
      case 'bytes':
        return this.bytes(figure);
      case 'bytes-per-second':
        return `${this.bytes(figure)}/s`;
      case 'celsius':
        return `${this.number(figure, 0)} °C`;
      case 'watts':
        return `${this.number(figure, 0)} W`;
      default:
        return this.number(figure, figure < 10 ? 1 : 0);
    }
  }

  bytes(figure) {
    let value = figure;
    let unit = 0;
    while (value >= 1024 && unit < BYTES.length - 1) {
      value /= 1024;
      unit++;
    }
    return `${this.number(value, value < 10 && unit > 0 ? 1 : 0)} ${BYTES[unit]}`;
  }

  number(value, digits) {
    return new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits }).format(value);
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

  put(name, attributes) {
    return this.svg.appendChild(this.make(name, attributes));
  }
}

for (const name of PROPERTIES) {
  const field = `held_${name}`;
  Object.defineProperty(AssayChart.prototype, name, {
    get() {
      return this[field];
    },
    set(value) {
      this[field] = value;
      if (name === 'points') {
        try {
          this.list = JSON.parse(value || '[]');
        } catch {
          this.list = [];
        }
      }
      this.draw();
    },
  });
}

customElements.define('assay-chart', AssayChart);
