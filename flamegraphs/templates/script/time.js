
// What happened when: strips of one width, read with a pointer.

const STRIPS = [
  { name: 'Hops a second', of: (b) => b.hops / b.seconds, told: amount },
  { name: 'Hops in flight', of: (b) => b.hopNs / b.ns, told: amount },
  { name: 'Busy threads', of: (b) => b.runNs / b.ns, told: amount },
  { name: 'Mean backlog of a hop', of: (b) => b.hops ? b.backlogNs / b.hops : 0, told: (ns) => ns ? duration(ns, ' ') : '0' },
];

function showTime(data) {
  const holder = byId('time-strips');
  const blocks = stretches(data);
  const last = blocks[blocks.length - 1];
  const end = last.begin + last.ns;
  const strips = STRIPS.map((strip) => {
    const values = blocks.map(strip.of);
    const most = Math.max(...values, 0);
    const now = element('span');
    const block = element('div', { class: 'strip' }, element('h3', {}, `${strip.name} `, now));
    holder.append(block);
    return { ...strip, values, most, now, block };
  });
  holder.className = 'strips';

  function tell(i) {
    for (const strip of strips) {
      strip.now.textContent = i === null ? `at most ${strip.told(strip.most)}` : `${strip.told(strip.values[i])} at ${duration(blocks[i].begin, ' ')}`;
      const cursor = strip.block.querySelector('.cursor');
      cursor.setAttribute('visibility', i === null ? 'hidden' : 'visible');
      const x = i === null ? 0 : (blocks[i].begin + blocks[i].ns / 2) / end * 1000;
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
    }
  }

  for (const strip of strips) {
    const svg = shape('svg', { viewBox: '0 0 1000 56', preserveAspectRatio: 'none', height: 56, role: 'img', 'aria-label': `${strip.name} over time, at most ${strip.told(strip.most)}` });
    const y = (value) => strip.most ? 55 - 53 * value / strip.most : 55;
    const steps = strip.values.map((value, i) => `H${(blocks[i].begin / end * 1000).toFixed(1)}V${y(value).toFixed(1)}`).join('');
    const line = `M0,${y(strip.values[0]).toFixed(1)}${steps}H1000`;
    svg.append(
      shape('path', { class: 'area', d: `${line}V55H0Z` }), shape('path', { class: 'stroke', d: line }),
      shape('line', { class: 'axis', x1: 0, x2: 1000, y1: 55.5, y2: 55.5 }), shape('line', { class: 'cursor', y1: 0, y2: 56, visibility: 'hidden' }));
    svg.addEventListener('pointermove', (event) => {
      const box = svg.getBoundingClientRect();
      const at = (event.clientX - box.left) / box.width * end;
      tell(Math.max(0, blocks.findLastIndex((b) => b.begin <= at)));
    });
    svg.addEventListener('pointerleave', () => tell(null));
    strip.block.append(svg);
  }
  whenWide(holder, (width) => {
    holder.querySelector('.ticks')?.remove();
    const step = rounded(end / (width / 130));
    const ticks = shape('svg', { class: 'ticks', height: 16, 'aria-hidden': 'true' });
    for (let at = 0; at <= end; at += step) {
      // In shares of the width, which is another one on paper.
      const x = at / end * 100;
      const [name, unit] = UNITS.find(([, unit]) => at >= unit) || UNITS[3];
      const anchor = x < 2 ? 'start' : x > 98 ? 'end' : 'middle';
      ticks.append(shape('text', { class: 'tick', x: `${x}%`, y: 12, 'text-anchor': anchor }, at ? `${+(at / unit).toFixed(3)} ${name}` : '0'));
    }
    holder.append(ticks);
  });
  tell(null);
  return strips;
}

/** The next of 1, 2, 5, 10, ... */
function rounded(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return unit * [1, 2, 5, 10].find((step) => step * unit >= x);
}

/** Every stretch from the beginning on, those without hops too. The last one may be cut short by the capture's end. */
function stretches(data) {
  const by = new Map(data.blocks.map(([index, ...sums]) => [index, sums]));
  const last = data.blocks[data.blocks.length - 1][0];
  return Array.from({ length: last + 1 }, (_, index) => {
    const [hops, hopNs, runNs, backlogNs] = by.get(index) || [0, 0, 0, 0];
    const begin = index * data.length_ns;
    const left = data.end_ns === null ? Infinity : data.end_ns - begin;
    const ns = left > 0 ? Math.min(data.length_ns, left) : data.length_ns;
    return { begin, ns, seconds: ns / 1e9, hops, hopNs, runNs, backlogNs };
  });
}
