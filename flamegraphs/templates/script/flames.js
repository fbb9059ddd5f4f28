
// The flamegraphs. A frame is as wide as its own value and those of its frames; zoomed, one frame is as wide as there is room.

const FRAME_HEIGHT = 22;
/** Frames narrower than this many pixels are not drawn, only counted into those around them. */
const NARROWEST = 1;
const ARMS = ['naive', 'snapshot', 'native'];

function showFlames(data) {
  const holder = byId('flames-drawing');
  const tip = byId('flames-tip');
  const [select, search, phases] = ['flames-picture', 'flames-search', 'flames-phases'].map(byId);
  const trees = new Map();
  let zoomed = null;
  let focused = null;
  let width = 0;

  select.append(...data.pictures.map((picture) => element('option', { value: picture.id }, picture.title)));

  const picture = () => data.pictures.find((picture) => picture.id === select.value);
  const isHop = () => picture().id.startsWith('hop-');
  const isDifference = () => picture().id.startsWith('diff');
  const hidden = () => isHop() ? [...phases.querySelectorAll('input:not(:checked)')].map((box) => box.value) : [];

  /** The picture's tree without the phases that are not wanted, under one root. */
  function tree() {
    const without = hidden();
    const key = `${picture().id} ${without}`;
    if (!trees.has(key)) trees.set(key, grown(data, picture(), without));
    return trees.get(key);
  }

  function draw() {
    if (!width) return;
    const root = tree();
    if (!zoomed || zoomed.root !== root) zoomed = root;
    const words = search.value.toLowerCase();
    const svg = shape('svg', { width, role: 'group', 'aria-label': picture().title });
    const scale = zoomed.value ? width / zoomed.value : 0;
    let depth = 0;
    for (const frame of lineage(zoomed).slice(0, -1)) {
      svg.append(drawn(frame, 0, depth++, width, words, 'above'));
    }
    const put = (frame, x, depth) => {
      const wide = frame.value * scale;
      if (wide < NARROWEST && frame !== focused) return depth;
      svg.append(drawn(frame, x, depth, wide, words, ''));
      let [deepest, at] = [depth, x];
      for (const inner of frame.frames) {
        deepest = Math.max(deepest, put(inner, at, depth + 1));
        at += inner.value * scale;
      }
      return deepest;
    };
    const height = (put(zoomed, 0, depth) + 1) * FRAME_HEIGHT;
    svg.setAttribute('height', height);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const had = holder.contains(document.activeElement);
    holder.className = 'flame';
    holder.replaceChildren(svg);
    enter(focused && focused.root === root && focused.node?.isConnected ? focused : zoomed, had);
    byId('flames-about').textContent = isDifference() ? `${picture().unit}; as wide as the larger of the two: first the snapshot's, then naive's` : picture().about;
    tip.textContent = told(zoomed);
    found(root, words);
  }

  function drawn(frame, x, depth, wide, words, state) {
    const name = frame.name;
    const kinds = [state, words && name.toLowerCase().includes(words) ? 'found' : ''].filter(Boolean).join(' ');
    const group = shape('g', { class: kinds || null, role: 'button', tabindex: -1, 'aria-label': told(frame) });
    const rect = shape('rect', { class: colour(frame), x: x.toFixed(2), y: depth * FRAME_HEIGHT, width: Math.max(wide, 0.3).toFixed(2), height: FRAME_HEIGHT - 1 });
    group.append(rect);
    const letters = Math.floor((wide - 8) / 6.7);
    if (letters >= 3) {
      // A name that is too long is cut by its own window, so that all of it is there to be read aloud.
      const words = shape('text', { x: 0, y: 15 }, name);
      group.append(shape('svg', { class: 'words', x: (x + 4).toFixed(2), y: depth * FRAME_HEIGHT, width: (wide - 6).toFixed(2), height: FRAME_HEIGHT }, words));
    }
    group.frame = frame;
    frame.node = group;
    return group;
  }

  function colour(frame) {
    if (isDifference()) {
      const change = frame.after - frame.before;
      const share = Math.abs(change) / Math.max(frame.after, frame.before, 1);
      const strength = share > 0.66 ? 3 : share > 0.33 ? 2 : 1;
      return share < 0.005 ? 'd-same' : `d-${change > 0 ? 'saved' : 'added'}-${strength}`;
    }
    if (frame.kind === 'place') return frame.turn ? 'f-place-2' : 'f-place';
    if (data.phases.includes(frame.name)) return `p-${frame.name}`;
    if (ARMS.includes(frame.name)) return `f-${frame.name}`;
    return frame.name.startsWith('lock ') ? 'f-lock' : frame.name === 'copy' ? 'f-copy' : 'f-root';
  }

  /** A frame in words: what it is, how much, what share of all. */
  function told(frame) {
    const { unit } = picture();
    const value = (n) => unit === 'ns' ? duration(n, ' ') : `${count(n)} ${unit}`;
    if (isDifference()) return `${frame.name}: snapshot ${count(frame.before)}, naive ${count(frame.after)} ${unit}`;
    return `${frame.name}: ${value(frame.value)}, ${percent(frame.value, frame.root.value)} of all`;
  }

  /** What of all lies in frames that were searched for; a frame inside another one counts once. */
  function found(root, words) {
    let [frames, value] = [0, 0];
    const look = (frame, counted) => {
      const here = frame.name.toLowerCase().includes(words);
      if (here) frames++;
      if (here && !counted) value += frame.value;
      frame.frames.forEach((inner) => look(inner, counted || here));
    };
    if (words) look(root, false);
    byId('flames-found').textContent = words ? `${count(frames)} frame${frames === 1 ? '' : 's'}, ${percent(value, root.value)} of all` : '';
  }

  /** Makes a frame the one that the keyboard starts from. */
  function enter(frame, focus) {
    focused?.node?.setAttribute('tabindex', '-1');
    focused = frame;
    frame.node?.setAttribute('tabindex', '0');
    if (focus) frame.node?.focus();
  }

  function remember() {
    place.write({ flame: select.value, zoom: zoomed && zoomed.above ? lineage(zoomed).slice(1).map((frame) => frame.name).join(';') : '', search: search.value });
  }

  function zoom(frame) {
    zoomed = frame;
    focused = frame;
    draw();
    remember();
  }

  function change() {
    zoomed = null;
    phases.hidden = !isHop();
    legend();
    draw();
  }

  function legend() {
    const entry = ([kind, text]) => element('li', {}, shape('svg', { class: 'swatch', viewBox: '0 0 12 12', 'aria-hidden': 'true' }, shape('rect', { class: kind, width: 12, height: 12 })), text);
    const entries = isDifference()
      ? [['d-saved-3', 'blue: what the snapshot saves'], ['d-added-3', 'red: what the snapshot adds'], ['d-same', 'the same']]
      : isHop() ? [...data.phases.filter((phase) => !hidden().includes(phase)).map((phase) => [`p-${phase}`, phase]), ['f-lock', 'bridge lock'], ['f-copy', 'copy']]
        : [...ARMS.map((arm) => [`f-${arm}`, arm]), ['f-lock', 'bridge lock'], ['f-copy', 'copy']];
    byId('flames-legend').replaceChildren(element('ul', { class: 'legend' }, ...entries.map(entry)));
  }

  const frameAt = (target) => target.closest?.('g[role=button]')?.frame;
  holder.addEventListener('click', (event) => {
    const frame = frameAt(event.target);
    if (frame) zoom(frame);
  });
  holder.addEventListener('pointerover', (event) => {
    const frame = frameAt(event.target);
    tip.textContent = told(frame || zoomed);
  });
  holder.addEventListener('focusin', (event) => {
    const frame = frameAt(event.target);
    if (frame) tip.textContent = told(frame);
  });
  holder.addEventListener('keydown', (event) => {
    const frame = frameAt(event.target);
    if (!frame) return;
    const siblings = frame.above ? frame.above.frames.filter((sibling) => sibling.node?.isConnected) : [frame];
    const to = {
      ArrowUp: () => frame.above,
      ArrowDown: () => frame.frames.find((inner) => inner.node?.isConnected),
      ArrowLeft: () => siblings[siblings.indexOf(frame) - 1],
      ArrowRight: () => siblings[siblings.indexOf(frame) + 1],
    }[event.key];
    if (event.key === 'Enter' || event.key === ' ') zoom(frame);
    else if (event.key === 'Escape') zoom(zoomed.above || zoomed);
    else if (to) {
      const next = to();
      if (next?.node?.isConnected) enter(next, true);
    } else return;
    event.preventDefault();
  });
  select.addEventListener('change', () => {
    change();
    remember();
  });
  search.addEventListener('input', () => {
    draw();
    remember();
  });
  phases.addEventListener('change', change);
  byId('flames-tools').addEventListener('submit', (event) => event.preventDefault());
  byId('flames-reset').addEventListener('click', () => {
    search.value = '';
    zoom(tree());
  });
  change();
  whenWide(holder, (wide) => {
    width = wide;
    draw();
  });

  return {
    /** Shows what an address names: a picture, a frame by the names down to it, what is searched for. */
    show(named) {
      if (!data.pictures.some((picture) => picture.id === named.get('flame'))) return;
      select.value = named.get('flame');
      search.value = named.get('search') || '';
      change();
      let frame = tree();
      for (const name of (named.get('zoom') || '').split(';').filter(Boolean)) {
        frame = frame.frames.find((inner) => inner.name === name) || frame;
      }
      zoomed = frame;
      draw();
      byId('flames').scrollIntoView();
    },
  };
}

/** A frame and those around it, outermost first. */
function lineage(frame) {
  return frame.above ? [...lineage(frame.above), frame] : [frame];
}

/** A picture's frames as a tree under one root, with values added up. */
function grown(data, picture, without) {
  const isHop = picture.id.startsWith('hop-');
  let turn = 0;
  const grow = ([number, own, frames, before = null], above, depth) => {
    const frame = { name: data.names[number], above, root: above.root };
    // What is no word of ours is a site.
    if (isHop && depth === 2) Object.assign(frame, { kind: 'place', turn: turn++ % 2 });
    frame.frames = frames.filter(([number]) => !(depth === 2 && without.includes(data.names[number]))).map((inner) => grow(inner, frame, depth + 1));
    return sum(frame, own, before);
  };
  const sum = (frame, own, before) => {
    const add = (key) => frame.frames.reduce((sum, inner) => sum + inner[key], 0);
    frame.after = own + add('after');
    frame.before = (before || 0) + add('before');
    frame.value = (before === null ? own : Math.max(own, before)) + add('value');
    return frame;
  };
  const root = { name: 'all', above: null, kind: 'root' };
  root.root = root;
  const only = picture.frames.length === 1;
  root.frames = picture.frames.map((frame) => grow(frame, root, 1));
  sum(root, 0, null);
  if (!only) return root;
  // One frame that holds all of it is root enough.
  const [top] = root.frames;
  top.above = null;
  const adopt = (frame) => {
    frame.root = top;
    frame.frames.forEach(adopt);
  };
  adopt(top);
  return top;
}
